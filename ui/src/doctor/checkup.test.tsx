// What must hold of the checkup's screen.

import { fireEvent } from "@testing-library/react";
import { expect, it } from "vitest";

import type { DoctorCheck } from "../generated/DoctorCheck";
import { HostFailure } from "../host/host";
import { profile, status } from "../testing/samples";
import { show } from "../testing/show";
import { Checkup } from "./Checkup";

const check = (code: string, verdict: DoctorCheck["verdict"], next: string | null = null): DoctorCheck => ({
  code,
  title: `look at ${code}`,
  verdict,
  found: `found <i>${code}</i>`,
  next,
});

function open(...checks: DoctorCheck[]) {
  const shown = show(<Checkup profile="work" />);
  shown.host.reply = () => Promise.resolve({ schema: 1, profile: "work", checks });
  shown.say({ kind: "live" }, { kind: "status", status: status(profile("work")) });
  return shown;
}

it("says how it came out, and what is wrong first, with what was found and the next step", async () => {
  const { findByText, getAllByRole, container } = open(
    check("a", "ok"),
    check("b", "problem", "run `ligand up`"),
    check("c", "skipped"),
  );
  await findByText("1 problem");
  expect(getAllByRole("heading", { level: 2 }).map((heading) => heading.textContent)).toEqual([
    "Needs attention",
    "Fine",
    "Not looked at",
    "Diagnostics",
  ]);
  const first = getAllByRole("listitem")[0];
  expect(first?.textContent).toBe("Problem: look at bFound <i>b</i>.Run ligand up.");
  expect(first?.querySelector("code")?.textContent).toBe("ligand up");
  expect(container.querySelector("i")).toBeNull();
});

it("looks again when asked to, and says why it could not", async () => {
  const { host, findByText, findByRole, getByRole } = open(check("a", "ok"));
  await findByText("Everything works");
  host.reply = () =>
    Promise.reject(new HostFailure({ code: "x", message: "no host", next: null, needs_user: false }));
  fireEvent.click(getByRole("button", { name: "Look again" }));
  expect((await findByRole("alert")).textContent).toBe("No host.");
  expect(host.asked).toEqual(["GET /v1/profiles/work/doctor", "GET /v1/profiles/work/doctor"]);
});
