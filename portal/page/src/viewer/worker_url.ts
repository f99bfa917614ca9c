// Trusted Types: the page's only policy, and the only thing it lets through. A policy is created once;
// whoever needs one takes it from here.

interface Policy {
  createScriptURL(url: string): unknown;
}

interface PolicyFactory {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): Policy;
}

let policy: Policy | undefined;

function ownScript(url: string): string {
  const resolved = new URL(url, document.baseURI);
  if (resolved.origin !== location.origin) throw new TypeError("a worker of another origin");
  return resolved.href;
}

/** The policy `dcmcourier`, where the browser has Trusted Types; it lets through addresses of this page's origin only. */
export function dcmcourierPolicy(): Policy | undefined {
  const factory = (globalThis as { trustedTypes?: PolicyFactory }).trustedTypes;
  if (factory && !policy) policy = factory.createPolicy("dcmcourier", { createScriptURL: ownScript });
  return policy;
}

/** What `new Worker` takes: a TrustedScriptURL where there are such, else the address. */
export function workerUrl(url: string): string | URL {
  const trusted = dcmcourierPolicy();
  return (trusted ? trusted.createScriptURL(url) : ownScript(url)) as string;
}
