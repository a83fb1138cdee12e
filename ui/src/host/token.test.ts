// The token that a browser is let in with: out of the address at once.

import { beforeEach, describe, expect, it } from "vitest";

import { takeToken } from "./token";

describe("takeToken", () => {
  beforeEach(() => {
    sessionStorage.clear();
    history.replaceState(null, "", "/page?a=1");
  });

  it("takes the token out of the address at once", () => {
    location.hash = "#token=s3cret";
    expect(takeToken(window)).toBe("s3cret");
    expect(location.href).not.toContain("s3cret");
    expect(location.href).toMatch(/\/page\?a=1$/);
  });

  it("finds it again after a reload, and takes a newer one instead", () => {
    location.hash = "#token=old";
    takeToken(window);
    expect(takeToken(window)).toBe("old");
    location.hash = "#token=new";
    expect(takeToken(window)).toBe("new");
    expect(takeToken(window)).toBe("new");
  });

  it("takes no token that a link to a screen brings along", () => {
    location.hash = "#/welcome?platform=https://acme.example&token=evil";
    expect(takeToken(window)).toBeNull();
  });

  it("leaves other fragments alone, and does without a store", () => {
    location.hash = "#canvas";
    expect(takeToken(window)).toBeNull();
    expect(location.hash).toBe("#canvas");
    const storeless = {
      location: { hash: "#token=t", pathname: "/", search: "" } as Location,
      history,
      get sessionStorage(): Storage {
        throw new DOMException("denied", "SecurityError");
      },
    };
    expect(takeToken(storeless)).toBe("t");
  });
});
