// Schemes of object stores, whose files are not for everybody.
const cloud = /^(s3|gcs|gs|gcp|az|azure|gdrive):\/\//i;

/** Whether a path lies in cloud storage: such links need a credentials key. */
export function isCloudPath(path: string): boolean {
  return cloud.test(path);
}
