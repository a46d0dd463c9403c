import type { Description } from './describe-dataset.mjs';

/** Compares a description with what is expected. */
export declare function compareDescriptions(
  expected: Description,
  described: Description,
  options?: { readonly copy?: boolean; readonly commits?: ReadonlyMap<string, string> },
): {
  readonly differences: readonly string[];
  readonly compared: number;
  readonly unsupported: number;
  readonly missing: readonly string[];
};
