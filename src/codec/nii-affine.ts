/** The matrix from voxels to millimetres of a NIfTI header. */
import type { NiiHeader } from './nii-fields.js';

/** Its 16 numbers, row by row: of the best of the three methods in the header, as nibabel's `affine`. */
export function niiAffine(header: NiiHeader, shape: readonly number[]): number[] {
  const last = [0, 0, 0, 1];
  if (header.one('sform_code') > 0)
    return [...header.all('srow_x'), ...header.all('srow_y'), ...header.all('srow_z'), ...last];
  const [handed = 1, ...pixdim] = header.all('pixdim');
  const [dx = 1, dy = 1, dz = 1] = pixdim.slice(0, Math.min(3, shape.length));
  if (header.one('qform_code') <= 0) {
    const middle = (axis: number): number => ((shape[axis] ?? 1) - 1) / 2;
    return [-dx, 0, 0, middle(0) * dx, 0, dy, 0, -middle(1) * dy, 0, 0, dz, -middle(2) * dz, ...last];
  }
  const [b, c, d] = [header.one('quatern_b'), header.one('quatern_c'), header.one('quatern_d')];
  const a = Math.sqrt(Math.max(0, 1 - (b * b + c * c + d * d)));
  // nibabel computes in long doubles where the machine has them: the last bit may be another.
  const s = 2 / (a * a + b * b + c * c + d * d);
  const z = (pixdim[2] ?? 1) * (handed < 0 ? -1 : 1);
  const [x, y] = [pixdim[0] ?? 1, pixdim[1] ?? 1];
  return [
    ...[(1 - s * (c * c + d * d)) * x, s * (b * c - a * d) * y, s * (b * d + a * c) * z, header.one('qoffset_x')],
    ...[s * (b * c + a * d) * x, (1 - s * (b * b + d * d)) * y, s * (c * d - a * b) * z, header.one('qoffset_y')],
    ...[s * (b * d - a * c) * x, s * (c * d + a * b) * y, (1 - s * (b * b + c * c)) * z, header.one('qoffset_z')],
    ...last,
  ];
}
