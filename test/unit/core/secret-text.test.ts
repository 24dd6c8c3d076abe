// Where secrets stand in commands and in values, by what stands before them; and what is none.
import { describe, expect, it } from "vitest";
import { createConcealKey } from "../../../controller/core/conceal-token.ts";
import {
  commandHoldsSecret,
  coverInCommand,
  coverSecrets,
  holdsSecret,
} from "../../../controller/core/secret-text.ts";

const { conceal } = createConcealKey("a key for the tests of it");
const star = (): string => "*";

describe("a secret in a text", () => {
  it.each([
    [
      "curl -H 'Authorization: Bearer s3c' http://h/ || exit 1",
      "curl -H 'Authorization: *' http://h/ || exit 1",
    ],
    [
      "curl -H \"X-Anything: s3 c\" -H 'Accept: text/html' h",
      "curl -H \"X-Anything: *\" -H 'Accept: text/html' h",
    ],
    ["curl -H X-Key:s3c http://h/", "curl -H X-Key:* http://h/"],
    ['wget --header="PRIVATE-TOKEN: s3c" h', 'wget --header="PRIVATE-TOKEN: *" h'],
    ['sh -c "curl -H \\"Authorization: Basic s3c\\" h"', 'sh -c "curl -H \\"Authorization: *\\" h"'],
    ["echo Authorization: Bearer s3c", "echo Authorization: *"],
    ["curl -u me:s3c h", "curl -u * h"],
    ["curl --user 'me:s3 c' h", "curl --user '*' h"],
    ["curl -ume:s3c h", "curl -u* h"],
    ["curl http://me:s3c@h:80/x?a=b&token=s3c#f", "curl http://*@h:80/x?a=b&token=*#f"],
    ["/ingest?api_key=s3c&x=1", "/ingest?api_key=*&x=1"],
    ["API_TOKEN=s3c PGPASSWORD='s3 c' run", "API_TOKEN=* PGPASSWORD='*' run"],
    ["run --token s3c --password=s3c --port 80", "run --token * --password=* --port 80"],
    [`curl -d '{"password": "s3c", "user": "x"}' h`, `curl -d '{"password": "*", "user": "x"}' h`],
    ["fetch('h', {headers: {'x-api-key': 's3c'}})", "fetch('h', {headers: {'x-api-key': '*'}})"],
    ["redis-cli -h h -a s3c ping", "redis-cli -h h -a * ping"],
    ["mysqladmin ping -uroot -ps3c", "mysqladmin ping -uroot -p*"],
    ["Bearer s3c", "Bearer *"],
    ["Basic dXNlcjpwYXNz", "Basic *"],
  ])("%s", (text, shown) => {
    expect(coverSecrets(text, star)).toBe(shown);
    expect(holdsSecret(text)).toBe(true);
    const concealed = coverSecrets(text, conceal);
    expect(concealed).not.toContain("s3");
    expect(coverSecrets(concealed, star)).toBe(shown);
    expect(coverSecrets(concealed, conceal)).toBe(concealed);
  });

  it.each([
    "curl -fsS http://localhost:8080/health || exit 1",
    "curl -H 'Host: h' -H 'Content-Type: application/json' http://auth:8080/token",
    'curl -H "Authorization: Bearer $TOKEN" -u "$USER:$PASSWORD" h',
    'curl -H "Authorization: Bearer $(cat /run/secrets/token)" h',
    "mysqladmin ping -h localhost -u root -p$MYSQL_ROOT_PASSWORD",
    "curl --cert /etc/tls/c.pem --key /etc/tls/key.pem https://h/",
    "run --password-file /run/secrets/db --max-connections 5 --auth=true",
    "nc -z keycloak:8080 && su -u 1000:1000",
    'echo "Basic check"; pg_isready -U postgres -d db',
    "",
  ])("is none in: %s", (text) => {
    expect(coverSecrets(text, star)).toBe(text);
    expect(holdsSecret(text)).toBe(false);
  });

  it("is looked for without end in no text", () => {
    for (const part of [
      "-a ",
      "redis-cli -a ",
      "a.",
      "\\",
      "-uA:b ",
      "$(",
      '"a',
      "x://a:b@",
      "-H a: ",
      "\ta: ",
      "a= ",
    ])
      expect(coverSecrets(part.repeat(4000), star).length).toBeGreaterThan(0);
  });

  // Each would take longer than any test may where each place is followed to the end of the text.
  it.each([
    ["names that tell of nothing", "a=$(:", 80_000, undefined],
    ["names that tell", "token=$(:", 80_000, "token=*"],
    ["headers", "-Ha:$(:", 80_000, "-Ha:*"],
    ["users without a password", "-uA.", 400_000, undefined],
    ["references", "$authorization: ", 400_000, "$authorization: *"],
  ])("is looked for once in a row of %s", (_, part, count, shown) => {
    const text = part.repeat(count);
    expect(coverSecrets(text, star) === (shown ?? text)).toBe(true);
  });

  it("is found within what a shell fills in, which is one itself where it is too long for that", () => {
    expect(coverSecrets("token=$(get token=s3c x)", star)).toBe("token=$(get token=* x)");
    const long = `token="$(${"x".repeat(3000)})"`;
    expect(coverSecrets(long, star)).toBe('token="*"');
  });

  it.each([500, 5000])("is covered to its end, %i characters away", (length) => {
    const secret = "s3c".repeat(length);
    expect(coverSecrets(`run --token=${secret} --port 80`, star)).toBe("run --token=* --port 80");
    expect(coverSecrets(`curl -u 'me:${secret}' h`, star)).toBe("curl -u '*' h");
    expect(coverSecrets(`curl https://me:${secret}@h/`, star)).toBe("curl https://*@h/");
    expect(coverInCommand(["-a", "--token", secret, "b"], star)).toEqual(["-a", "--token", "*", "b"]);
  });
});

describe("a secret in a command", () => {
  it.each([
    [
      ["curl", "-H", "Authorization: Bearer s3'c\" d", "h"],
      ["curl", "-H", "Authorization: *", "h"],
    ],
    [
      ["curl", "-u", "me:s3 c", "h"],
      ["curl", "-u", "*", "h"],
    ],
    [
      ["run", "--token", "s3 c", "--port", "80", "--password=s3 'c"],
      ["run", "--token", "*", "--port", "80", "--password=*"],
    ],
    [
      ["--header=X-Any: s3 c", "h"],
      ["--header=X-Any: *", "h"],
    ],
    [
      ["CMD-SHELL", "curl -H 'X-Auth: s3c' h || exit 1"],
      ["CMD-SHELL", "curl -H 'X-Auth: *' h || exit 1"],
    ],
    [
      ["redis-cli", "-a", "s3c", "ping"],
      ["redis-cli", "-a", "*", "ping"],
    ],
  ])("%j", (command, shown) => {
    expect(coverInCommand(command, star)).toEqual(shown);
    expect(
      coverInCommand(
        coverInCommand(command, (one) => conceal(String(one))),
        star,
      ),
    ).toEqual(shown);
    expect(commandHoldsSecret(command)).toBe(true);
  });

  it("is all of what has not the form of one", () => {
    for (const command of [["a", 1], { a: "b" }, [["a"]]]) expect(coverInCommand(command, star)).toBe("*");
    expect(coverInCommand([], star)).toEqual([]);
    expect(commandHoldsSecret(["run", "--port", "80"])).toBe(false);
  });
});
