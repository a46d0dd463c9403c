/** Draws points or shaded triangles with WebGL 2. */
import { type Camera, matrixOf } from './camera.js';
import type { Geometry } from './geometry.js';

/** A canvas on which a geometry is drawn. */
export interface Scene {
  /** Takes what is drawn from now on. */
  setGeometry(geometry: Geometry): void;
  /** Draws. Sizes in pixels of the canvas. @param pointSize - in pixels. */
  draw(camera: Camera, width: number, height: number, pointSize: number): void;
  /** Frees the memory of the graphics card. */
  close(): void;
}

const vertexShader = `#version 300 es
uniform mat4 matrix;
uniform float pointSize;
in vec3 position;
in vec3 color;
out vec3 place;
out vec3 tint;
void main() {
  gl_Position = matrix * vec4(position, 1.0);
  gl_PointSize = max(1.0, pointSize / gl_Position.w);
  place = position;
  tint = color;
}`;

// Faces are lit by their own slope, so that no normals are needed and both sides are seen.
const fragmentShader = `#version 300 es
precision highp float;
uniform bool isLit;
uniform vec3 light;
in vec3 place;
in vec3 tint;
out vec4 result;
void main() {
  if (!isLit) {
    vec2 offset = gl_PointCoord - 0.5;
    if (dot(offset, offset) > 0.25) discard;
    result = vec4(tint, 1.0);
    return;
  }
  vec3 normal = normalize(cross(dFdx(place), dFdy(place)));
  float shade = 0.28 + 0.72 * abs(dot(normal, light));
  result = vec4(tint * shade, 1.0);
}`;

const plainColor = [0.45, 0.72, 0.8] as const;
const background = [0.055, 0.082, 0.098, 1] as const; // that of the stage

/** Prepares a canvas. @throws {Error} when the browser has no WebGL 2 */
export function createScene(canvas: HTMLCanvasElement | OffscreenCanvas): Scene {
  const gl = canvas.getContext('webgl2', { antialias: true });
  if (!(gl instanceof WebGL2RenderingContext))
    throw new Error('This browser has no WebGL 2, which draws points and meshes. Their numbers are in the table.');
  const program = compile(gl);
  const buffers: WebGLBuffer[] = [];
  const locations = {
    position: gl.getAttribLocation(program, 'position'),
    color: gl.getAttribLocation(program, 'color'),
  };
  const uniform = (name: string): WebGLUniformLocation | null => gl.getUniformLocation(program, name);
  const uniforms = {
    matrix: uniform('matrix'),
    pointSize: uniform('pointSize'),
    isLit: uniform('isLit'),
    light: uniform('light'),
  };
  let [points, corners] = [0, 0];
  let showsPoints = true;
  const fill = (target: number, data: AllowSharedBufferSource): void => {
    const buffer = gl.createBuffer();
    buffers.push(buffer);
    gl.bindBuffer(target, buffer);
    gl.bufferData(target, data, gl.STATIC_DRAW);
  };
  gl.useProgram(program);
  gl.enable(gl.DEPTH_TEST);
  return {
    setGeometry({ positions, colors, triangles, showsPoints: wanted }) {
      for (const buffer of buffers.splice(0)) gl.deleteBuffer(buffer);
      fill(gl.ARRAY_BUFFER, positions);
      gl.enableVertexAttribArray(locations.position);
      gl.vertexAttribPointer(locations.position, 3, gl.FLOAT, false, 0, 0);
      if (colors) {
        fill(gl.ARRAY_BUFFER, colors);
        gl.enableVertexAttribArray(locations.color);
        gl.vertexAttribPointer(locations.color, 3, gl.UNSIGNED_BYTE, true, 0, 0);
      } else {
        gl.disableVertexAttribArray(locations.color);
        gl.vertexAttrib3f(locations.color, ...plainColor);
      }
      if (triangles) fill(gl.ELEMENT_ARRAY_BUFFER, triangles);
      corners = triangles?.length ?? 0;
      points = positions.length / 3;
      showsPoints = wanted === true || corners === 0;
    },
    draw(camera, width, height, pointSize) {
      gl.viewport(0, 0, width, height);
      gl.clearColor(...background);
      gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
      gl.uniformMatrix4fv(uniforms.matrix, false, matrixOf(camera, width, height));
      gl.uniform1f(uniforms.pointSize, pointSize * camera.distance);
      gl.uniform3f(uniforms.light, ...lightOf(camera));
      gl.uniform1i(uniforms.isLit, 1);
      if (corners > 0) gl.drawElements(gl.TRIANGLES, corners, gl.UNSIGNED_INT, 0);
      gl.uniform1i(uniforms.isLit, 0);
      if (showsPoints) gl.drawArrays(gl.POINTS, 0, points);
    },
    close() {
      gl.getExtension('WEBGL_lose_context')?.loseContext(); // browsers keep few contexts
    },
  };
}

/** Light from over the right shoulder, so that a turned mesh is never dark. */
function lightOf({ yaw, pitch }: Camera): [number, number, number] {
  const [a, b] = [yaw + 0.5, pitch + 0.35];
  return [Math.sin(a) * Math.cos(b), -Math.cos(a) * Math.cos(b), Math.sin(b)];
}

function compile(gl: WebGL2RenderingContext): WebGLProgram {
  const program = gl.createProgram();
  for (const [type, source] of [
    [gl.VERTEX_SHADER, vertexShader],
    [gl.FRAGMENT_SHADER, fragmentShader],
  ] as const) {
    const shader = gl.createShader(type);
    if (!shader) throw new Error('The graphics card has no room for another drawing. Close other tabs.');
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (gl.getProgramParameter(program, gl.LINK_STATUS)) return program;
  throw new Error(`The graphics card does not take the drawing program: ${gl.getProgramInfoLog(program)}`);
}
