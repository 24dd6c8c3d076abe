// Commands to try things on one's own machine.
import { Option } from "commander";
import { parseEstate, parsePort } from "../option-values.ts";
import { type AddCommand, addCommand, examples } from "./command.ts";

export const addSandbox: AddCommand = (program, cli) => {
  addCommand(program, "sandbox", "Run a small local AWS to try things on.")
    .option("--port <port>", "port on 127.0.0.1; 0 takes a free one", parsePort, 0)
    .addOption(
      new Option("--seed <seed>", "what stands in it at the start")
        .choices(["demo", "empty"])
        .default("demo"),
    )
    .option("--services <count>", "seed this many services, for a large estate", parseEstate)
    .option("--rates", "throttle calls as AWS does", false)
    .addHelpText(
      "after",
      examples(
        "ecsmon sandbox --port 4566",
        "ecsmon sandbox --seed empty",
        "ecsmon sandbox --services 1000 --rates",
      ),
    )
    .action((flags: { port: number; seed: "demo" | "empty"; services?: number; rates: boolean }) =>
      cli.start(async (io) => {
        const { runSandbox } = await import("../sandbox.ts");
        return runSandbox(flags, io);
      }),
    );
};

export const addDemo: AddCommand = (program, cli) => {
  addCommand(program, "demo", "Watch it work on the sandbox. Needs no AWS account.")
    .option("--keep", "leave the sandbox running at the end", false)
    .addHelpText("after", examples("ecsmon demo", "ecsmon demo --keep"))
    .action((flags: { keep: boolean }) =>
      cli.start(async (io) => {
        const { runDemo } = await import("../demo.ts");
        return runDemo(flags, io);
      }),
    );
};
