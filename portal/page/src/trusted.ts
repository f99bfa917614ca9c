// Trusted Types: the only place from which an address of a script may come.
interface Policy {
  createScriptURL(url: string): string;
}
interface Factory {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): Policy;
}

function own(url: string): string {
  const whole = new URL(url, location.href);
  if (whole.origin !== location.origin) throw new TypeError("a script from elsewhere");
  return whole.href;
}

const factory = (globalThis as { trustedTypes?: Factory }).trustedTypes;
const policy: Policy = factory?.createPolicy("dcmcourier", { createScriptURL: own }) ?? { createScriptURL: own };

/** An address of a script of this page's own origin, as the browser wants it. */
export const scriptAddress = (url: string): string => policy.createScriptURL(url);
