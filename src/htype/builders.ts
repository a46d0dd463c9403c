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
export function classLabel<
  const N extends readonly string[],
  const O extends Omit<HtypeOptions['class_label'], 'classNames'> = object,
>(
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

/** Defines a tensor of colour pictures, to which others are converted. @example { photos: imageRgb({ sampleCompression: 'jpeg' }) } */
export function imageRgb<const O extends HtypeOptions['image.rgb'] = object>(
  options?: Exact<O, HtypeOptions['image.rgb']>,
) {
  return { htype: 'image.rgb', ...options } as { readonly htype: 'image.rgb' } & O;
}

/** Defines a tensor of gray pictures, to which others are converted. @example { scans: imageGray({ sampleCompression: 'png' }) } */
export function imageGray<const O extends HtypeOptions['image.gray'] = object>(
  options?: Exact<O, HtypeOptions['image.gray']>,
) {
  return { htype: 'image.gray', ...options } as { readonly htype: 'image.gray' } & O;
}

/** Defines a tensor of tags, any number for a sample. @example { tags: tag({ chunkCompression: 'lz4' }) } */
export function tag<const O extends HtypeOptions['tag'] = object>(options?: Exact<O, HtypeOptions['tag']>) {
  return { htype: 'tag', ...options } as { readonly htype: 'tag' } & O;
}

/** Defines a tensor of boxes in space. @example { boxes: bbox3d({ coords: { mode: 'center' } }) } */
export function bbox3d<const O extends HtypeOptions['bbox.3d'] = object>(options?: Exact<O, HtypeOptions['bbox.3d']>) {
  return { htype: 'bbox.3d', ...options } as { readonly htype: 'bbox.3d' } & O;
}

/** Defines a tensor of camera matrices. @example { camera: intrinsics() } */
export function intrinsics<const O extends HtypeOptions['intrinsics'] = object>(
  options?: Exact<O, HtypeOptions['intrinsics']>,
) {
  return { htype: 'intrinsics', ...options } as { readonly htype: 'intrinsics' } & O;
}

/** Defines a tensor of masks, one for each object. @example { masks: binaryMask({ sampleCompression: 'lz4' }) } */
export function binaryMask<const O extends HtypeOptions['binary_mask'] = object>(
  options?: Exact<O, HtypeOptions['binary_mask']>,
) {
  return { htype: 'binary_mask', ...options } as { readonly htype: 'binary_mask' } & O;
}

/** Defines a tensor of key points. @example { pose: keypointsCoco({ keypoints: ['knee', 'foot'], connections: [[0, 1]] }) } */
export function keypointsCoco<const O extends HtypeOptions['keypoints_coco'] = object>(
  options?: Exact<O, HtypeOptions['keypoints_coco']>,
) {
  return { htype: 'keypoints_coco', ...options } as { readonly htype: 'keypoints_coco' } & O;
}

/** Defines a tensor of points, 2D or 3D. @example { clicks: point({ dtype: 'float32' }) } */
export function point<const O extends HtypeOptions['point'] = object>(options?: Exact<O, HtypeOptions['point']>) {
  return { htype: 'point', ...options } as { readonly htype: 'point' } & O;
}

/** Defines a tensor of polygons, 2D or 3D. @example { outlines: polygon({ sampleCompression: 'lz4' }) } */
export function polygon<const O extends HtypeOptions['polygon'] = object>(options?: Exact<O, HtypeOptions['polygon']>) {
  return { htype: 'polygon', ...options } as { readonly htype: 'polygon' } & O;
}

/** Defines a tensor of JSON lists. @example { steps: list({ dtype: 'List[str]' }) } */
export function list<const O extends HtypeOptions['list'] = object>(options?: Exact<O, HtypeOptions['list']>) {
  return { htype: 'list', ...options } as { readonly htype: 'list' } & O;
}

/** Defines a tensor of numbers of objects, or of the object at each pixel. @example { instances: instanceLabel() } */
export function instanceLabel<const O extends HtypeOptions['instance_label'] = object>(
  options?: Exact<O, HtypeOptions['instance_label']>,
) {
  return { htype: 'instance_label', ...options } as { readonly htype: 'instance_label' } & O;
}

/** Defines a tensor of vectors. @example { vectors: embedding() } */
export function embedding<const O extends HtypeOptions['embedding'] = object>(
  options?: Exact<O, HtypeOptions['embedding']>,
) {
  return { htype: 'embedding', ...options } as { readonly htype: 'embedding' } & O;
}

/**
 * Defines a tensor of masks that hold a label for each pixel. With names, labels must be below their number.
 * @example { masks: segmentMask(['background', 'cat'], { sampleCompression: 'lz4' }) }
 */
export function segmentMask<
  const N extends readonly string[],
  const O extends Omit<HtypeOptions['segment_mask'], 'classNames'> = object,
>(
  classNames: N,
  options?: Exact<O, HtypeOptions['segment_mask']>,
): { readonly htype: 'segment_mask'; readonly classNames: N } & O;
export function segmentMask<const O extends Omit<HtypeOptions['segment_mask'], 'classNames'> = object>(
  classNames?: undefined,
  options?: Exact<O, HtypeOptions['segment_mask']>,
): { readonly htype: 'segment_mask' } & O;
export function segmentMask(classNames?: readonly string[], options?: object): object {
  return { htype: 'segment_mask', ...(classNames && { classNames }), ...options };
}

/** Defines a tensor of videos; `sampleCompression: null` keeps raw frames. @example { clips: video({ sampleCompression: 'mp4' }) } */
export function video<const O extends HtypeOptions['video'] = object>(options?: Exact<O, HtypeOptions['video']>) {
  return { htype: 'video', ...options } as { readonly htype: 'video' } & O;
}

/** Defines a tensor of sounds; `sampleCompression: null` keeps raw samples. @example { voice: audio({ sampleCompression: 'wav' }) } */
export function audio<const O extends HtypeOptions['audio'] = object>(options?: Exact<O, HtypeOptions['audio']>) {
  return { htype: 'audio', ...options } as { readonly htype: 'audio' } & O;
}

/** Defines a tensor of DICOM images. @example { scans: dicom() } */
export function dicom<const O extends HtypeOptions['dicom'] = object>(options?: Exact<O, HtypeOptions['dicom']>) {
  return { htype: 'dicom', ...options } as { readonly htype: 'dicom' } & O;
}

/** Defines a tensor of volumes. @example { brains: nifti({ sampleCompression: 'nii.gz' }) } */
export function nifti<const O extends HtypeOptions['nifti'] = object>(options?: Exact<O, HtypeOptions['nifti']>) {
  return { htype: 'nifti', ...options } as { readonly htype: 'nifti' } & O;
}

/** Defines a tensor of point clouds. @example { lidar: pointCloud({ sampleCompression: 'las' }) } */
export function pointCloud<const O extends HtypeOptions['point_cloud'] = object>(
  options?: Exact<O, HtypeOptions['point_cloud']>,
) {
  return { htype: 'point_cloud', ...options } as { readonly htype: 'point_cloud' } & O;
}

/** Defines a tensor of meshes, which are always files. @example { shapes: mesh({ sampleCompression: 'ply' }) } */
export function mesh<const O extends HtypeOptions['mesh'] = object>(options?: Exact<O, HtypeOptions['mesh']>) {
  return { htype: 'mesh', ...options } as { readonly htype: 'mesh' } & O;
}

/** Makes the definition of sequences of an item's. @example { frames: sequence(image({ sampleCompression: 'jpeg' })) } */
export function sequence<const D extends TensorDef>(item: D) {
  return { ...item, htype: `sequence[${item.htype}]` } as unknown as Omit<D, 'htype'> & {
    readonly htype: `sequence[${D['htype']}]`;
  };
}
