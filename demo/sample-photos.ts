/** The sample photos that come with the demo. */

const urls = import.meta.glob<string>('../e2e/fixtures/photos/*.jpg', {
  query: '?url',
  import: 'default',
  eager: true,
});

/** Addresses of the sample photos by file name. */
export const samplePhotos: ReadonlyMap<string, string> = new Map(
  Object.entries(urls).map(([path, url]) => [path.split('/').pop() ?? path, url]),
);

/** Downloads the sample photos. @throws {Error} when the server does not give one. */
export async function fetchSamplePhotos(signal: AbortSignal): Promise<File[]> {
  return Promise.all(
    [...samplePhotos].map(async ([name, url]) => {
      const response = await fetch(url, { signal });
      if (!response.ok) throw new Error(`The sample photo ${name} could not be fetched: ${response.status}.`);
      return new File([await response.blob()], name, { type: 'image/jpeg' });
    }),
  );
}
