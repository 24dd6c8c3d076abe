// What git says when it fails, put into whose fault it is and what to do. Git has no codes: its English is read.
import { EcsmonError } from "../../model/errors.ts";
import type { Git, Ran } from "./command.ts";
import type { GitLocation } from "./location.ts";

/** Known failures of talking to a server. The first that fits counts. */
export function explainFailure(location: GitLocation, git: Git, { stderr, code }: Ran): EcsmonError {
  const said = lastLines(stderr) || `git ended with code ${code}`;
  const fail = (code: string, message: string, remedy: "retry" | "stall" = "stall"): EcsmonError =>
    new EcsmonError(code, `${message} (git: ${said})`, { remedy });
  const { name, protocol } = location;
  const is = (pattern: RegExp): boolean => pattern.test(stderr);

  if (is(/Host key verification failed/i))
    return fail("SourceDenied", `the host of ${name} is not known to ssh; add its key to known_hosts`);
  if (protocol === "ssh" && is(/Permission denied|Too many authentication failures/i))
    return fail("SourceDenied", `ssh is refused by ${name}; give it a key that may read the repository`);
  if (is(/Authentication failed|could not read (Username|Password)|returned error: 40[13]|Access denied/i))
    return fail("SourceDenied", `${name} refuses us; ${tokenAdvice(git, "has expired or may not read it")}`);
  if (is(/unable to update url base from redirection|returned error: 30\d/i))
    return fail(
      "SourceDenied",
      `${name} answers with a redirect, which is not followed; give the URL it leads to`,
    );
  if (is(/certificate/i))
    return fail(
      "SourceDenied",
      `the certificate of ${name} is not trusted; name its authority in GIT_SSL_CAINFO`,
    );
  if (is(/not found|returned error: 404|does not appear to be a git repository|does not exist/i))
    return fail(
      "SourceMissing",
      `no repository at ${name}; check the URL; ${tokenAdvice(git, "may read it")}`,
    );
  if (
    is(
      /Could not resolve|SSL|TLS|Failed to connect|Couldn't connect|Connection|timed? ?out|returned error: (429|5\d\d)|unreachable|early EOF|unexpected disconnect|hung up|reset by peer|RPC failed/i,
    )
  )
    return fail("SourceUnreachable", `${name} cannot be reached`, "retry");
  return fail("SourceUnreadable", `${name} cannot be read`);
}

function tokenAdvice({ token, env }: Git, but: string): string {
  const protocol = env["GIT_ALLOW_PROTOCOL"];
  if (protocol === "ssh") return "check whether the key of ssh may read it";
  if (protocol === "file") return "check who may read it";
  return token === undefined
    ? "set ECSMON_GIT_TOKEN (in a configuration: the variable that tokenEnv names) where it needs a token"
    : `check whether the token in ${token.variable} ${but}`;
}

/** Enough of it to understand, without what git says after every failure. */
function lastLines(stderr: string): string {
  const empty =
    /^(\s*|hint:.*|.*Could not read from remote repository.*|Please make sure.*|and the repository exists\.)$/;
  const lines = stderr.split(/[\r\n]+/).filter((line) => !empty.test(line));
  return lines.slice(-3).join("; ").slice(-400);
}
