// Which names are Regions: in a configuration, in a file of prices, and after --region.
import { expect, test } from "vitest";
import { regionPattern } from "../../../controller/api/region.ts";

test.each([
  "us-east-1",
  "ap-southeast-7",
  "mx-central-1",
  "us-gov-west-1",
  "us-isob-east-1",
  "eusc-de-east-1",
  "cn-northwest-1",
])("%s is one", (name) => expect(name).toMatch(regionPattern));

test.each([
  "",
  "us-east",
  "us-east-0",
  "us-east-1a",
  "us-east-01",
  "us-east-12",
  "Tokyo",
  "us_east_1",
  " us-east-1",
  "us-east-1\n",
])("%j is none", (name) => expect(name).not.toMatch(regionPattern));
