import type { Exact, HtypeOptions, TensorDef } from './schema.js';

/** Defines a tensor of numbers. @example { score: generic({ dtype: 'float32' }) } */
export function generic<const O extends HtypeOptions['generic'] = object>(options?: Exact<O, HtypeOptions['generic']>) {
  return { htype: 'generic', ...options } as { readonly htype: 'generic' } & O;
}

/**
 * Defines a tensor of pictures. One of `sampleCompression` and `chunkCompression` must be given when it is created;
 * null keeps raw pixels.
 * @example { images: image({ sampleCompression: 'jpeg' }) }
 */
export function image<const O extends HtypeOptions['image'] = object>(options?: Exact<O, HtypeOptions['image']>) {
  return { htype: 'image', ...options } as { readonly htype: 'image' } & O;
}

/**
 * Defines a tensor of class labels. With names the list is closed, by type and at run time; without, any string is
 * taken and new ones are added to the class names.
 * @example { labels: classLabel(['cat', 'dog']) }
 */
export function classLabel<const N extends readonly string[], const O extends Omit<HtypeOptions['class_label'], 'classNames'> = object>(
  classNames: N,
  options?: Exact<O, HtypeOptions['class_label']>,
): { readonly htype: 'class_label'; readonly classNames: N } & O;
export function classLabel<const O extends Omit<HtypeOptions['class_label'], 'classNames'> = object>(
  classNames?: undefined,
  options?: Exact<O, HtypeOptions['class_label']>,
): { readonly htype: 'class_label' } & O;
export function classLabel(classNames?: readonly string[], options?: object): object {
  return { htype: 'class_label', ...(classNames && { classNames }), ...options };
}

/** Defines a tensor of boxes. @example { boxes: bbox({ coords: { type: 'pixel', mode: 'LTWH' } }) } */
export function bbox<const O extends HtypeOptions['bbox'] = object>(options?: Exact<O, HtypeOptions['bbox']>) {
  return { htype: 'bbox', ...options } as { readonly htype: 'bbox' } & O;
}

/** Defines a tensor of strings. @example { captions: text({ chunkCompression: 'lz4' }) } */
export function text<const O extends HtypeOptions['text'] = object>(options?: Exact<O, HtypeOptions['text']>) {
  return { htype: 'text', ...options } as { readonly htype: 'text' } & O;
}

/** Defines a tensor of JSON values. @example { meta: json() } */
export function json<const O extends HtypeOptions['json'] = object>(options?: Exact<O, HtypeOptions['json']>) {
  return { htype: 'json', ...options } as { readonly htype: 'json' } & O;
}

/** Makes the definition of sequences of an item's. @example { frames: sequence(image({ sampleCompression: 'jpeg' })) } */
export function sequence<const D extends TensorDef>(item: D) {
  return { ...item, htype: `sequence[${item.htype}]` } as unknown as Omit<D, 'htype'> & { readonly htype: `sequence[${D['htype']}]` };
}
