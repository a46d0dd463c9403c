/** Where the scene is looked at from: around its middle, z pointing up. */

/** A view of the scene. Angles in radians. */
export interface Camera {
  /** Turn around the z axis. */
  readonly yaw: number;
  /** Height over the horizon. */
  readonly pitch: number;
  /** Distance from the middle; the scene has radius 1. */
  readonly distance: number;
  /** Shift on the screen, in the unit of the scene. */
  readonly shift: readonly [x: number, y: number];
}

/** The first view: from the front, a little from above. */
export const firstCamera: Camera = { yaw: -0.6, pitch: 0.5, distance: 3, shift: [0, 0] };

const FIELD_OF_VIEW = 0.75; // radians, of the shorter side
const [NEAREST, FARTHEST] = [0.2, 12];

/** Turns a camera, not beyond the poles. */
export function turned(camera: Camera, yaw: number, pitch: number): Camera {
  const limit = Math.PI / 2;
  return { ...camera, yaw: camera.yaw + yaw, pitch: Math.min(limit, Math.max(-limit, camera.pitch + pitch)) };
}

/** Moves a camera nearer (a factor below 1) or away. */
export function zoomed(camera: Camera, factor: number): Camera {
  return { ...camera, distance: Math.min(FARTHEST, Math.max(NEAREST, camera.distance * factor)) };
}

/** Shifts the scene by pixels of a screen. */
export function shifted(camera: Camera, x: number, y: number, height: number): Camera {
  const scale = (2 * camera.distance * Math.tan(FIELD_OF_VIEW / 2)) / height;
  return { ...camera, shift: [camera.shift[0] + x * scale, camera.shift[1] - y * scale] };
}

/** The matrix from the scene to the screen, by columns, for a screen of a shape. */
export function matrixOf({ yaw, pitch, distance, shift }: Camera, width: number, height: number): Float32Array {
  const [sy, cy, sp, cp] = [Math.sin(yaw), Math.cos(yaw), Math.sin(pitch), Math.cos(pitch)];
  // Rows of the view: right, up, ahead.
  const view = [
    [cy, sy, 0, shift[0]],
    [-sy * sp, cy * sp, cp, shift[1]],
    [-sy * cp, cy * cp, -sp, distance],
  ];
  // The last row keeps depth as the distance before the eye; z of the picture is made of it.
  const near = Math.max(0.01, distance - 2);
  const far = distance + 2;
  const scale = 1 / Math.tan(FIELD_OF_VIEW / 2);
  const [x, y] = width < height ? [scale, (scale * width) / height] : [(scale * height) / width, scale];
  const depth = (far + near) / (far - near);
  const offset = (-2 * far * near) / (far - near);
  const out = new Float32Array(16);
  for (let column = 0; column < 4; column++) {
    const [right = 0, up = 0, ahead = 0] = view.map((row) => row[column] ?? 0);
    out.set([right * x, up * y, ahead * depth + (column === 3 ? offset : 0), ahead], 4 * column);
  }
  return out;
}
