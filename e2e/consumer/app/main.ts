import { classLabel, createDataset, image, openDataset, read } from 'lakelet';
import './own-htype.js';

const schema = {
  images: image({ sampleCompression: 'jpeg' }),
  labels: classLabel(['cat', 'dog']),
  poses: { htype: 'quaternion' },
} as const;

async function redJpeg(): Promise<Blob> {
  const canvas = new OffscreenCanvas(16, 8);
  const context = canvas.getContext('2d');
  if (!context) throw new Error('This browser has no 2d canvas.');
  context.fillStyle = 'rgb(200, 40, 20)';
  context.fillRect(0, 0, 16, 8);
  return canvas.convertToBlob({ type: 'image/jpeg', quality: 0.95 });
}

async function write(): Promise<void> {
  await using ds = await createDataset('idb://consumer', schema);
  await ds.append({ images: read(await redJpeg()), labels: 'dog', poses: [1, 0, 0, 0] });
}

async function readBack(): Promise<object> {
  await using ds = await openDataset('idb://consumer', { schema });
  const { images, labels, poses } = await ds.at(0);
  const pixels = await images.array(); // decoded in a worker
  const pixel = [...pixels.data.slice(0, 3)];
  return { length: ds.length, shape: images.shape, pixel, names: labels.names, pose: [...poses.data] };
}

function show(text: string, title: string): void {
  document.title = title;
  const output = document.createElement('output');
  output.textContent = text;
  document.body.append(output);
}

try {
  await write();
  show(JSON.stringify(await readBack()), 'done');
} catch (error) {
  show(error instanceof Error ? `${error.stack}` : String(error), 'failed');
}
