/**
 * lakelet: Deep Lake's typed tensors in the browser, in bytes that Python opens unchanged.
 *
 * @example
 * import { bbox, classLabel, createDataset, image } from 'lakelet';
 *
 * await using ds = await createDataset('idb://pets', {
 *   images: image({ sampleCompression: 'jpeg' }),
 *   labels: classLabel(['cat', 'dog']),
 *   boxes: bbox({ coords: { type: 'pixel', mode: 'LTWH' } }),
 * });
 * await ds.append({ images: file, labels: 'cat', boxes: [[10, 10, 64, 48]] });
 * const { images, labels } = await ds.at(0);
 * context.drawImage(await images.toBitmap(), 0, 0);
 *
 * @module
 */

// Codecs
export type { Region } from './chunk/region.js';
export { type CodecPool, type CodecPoolOptions, createCodecPool } from './codec/pool.js';
export type { DecodeHint, EncodeOptions, FfmpegUrls, FileColors } from './codec/types.js';
export type { FrameOptions, VideoFrameSample, VideoInfo, VideoPicture } from './codec/video-types.js';
// Datasets
export type { ChangedHtype } from './dataset/change-htype.js';
export type { CopyOptions, DatasetCopyOptions } from './dataset/copy.js';
export { type CreateOptions, createDataset } from './dataset/create.js';
export { Dataset, type TensorOf } from './dataset/dataset.js';
export type { CommitEntry, CommitOptions, Difference } from './dataset/history.js';
export type { Info } from './dataset/info.js';
export type { LinkOptions, LinkRequest, LinkResolver } from './dataset/links.js';
export type { ConflictSamples, MergeChoice, MergeOptions, MergeResult } from './dataset/merge.js';
export type { ExistOptions } from './dataset/new-names.js';
export { type DatasetOptions, type OpenOptions, openDataset } from './dataset/open.js';
export type { RegionOptions } from './dataset/regions.js';
export type { AppendOptions } from './dataset/row-cells.js';
export type { SavedView, SaveViewOptions } from './dataset/saved-views.js';
export type { SearchOptions, SearchProgress } from './dataset/search.js';
export type { AutoFlush } from './dataset/session.js';
export type { ShapeInterval, TensorShape } from './dataset/shape.js';
export { type ReadRangeOptions, Tensor } from './dataset/tensor.js';
export type { UndoOptions, UndoStack } from './dataset/undo.js';
export type { UndoStep } from './dataset/undo-recorder.js';
export { type RowsOptions, View } from './dataset/view.js';
export type { Progress, WriteOptions } from './dataset/write-rows.js';
// Errors
export {
  DatasetError,
  type ErrorCode,
  type ErrorData,
  type ErrorPlace,
  isDatasetError,
  type MergeConflict,
  type SerializedError,
} from './errors.js';
export type { Dtype, DtypeMap, NdArray } from './format/dtypes.js';
export type { JsonObject, JsonValue } from './format/json.js';
export type { LinkEntry, TensorMeta } from './format/tensor-meta.js';
// Schemas and samples
export type { AudioBlock, AudioBlockOptions, AudioInfo, AudioSample } from './htype/audio-sample.js';
export type { BinaryMaskSample, PixelBounds } from './htype/binary-mask.js';
export type { BoxCoords, BoxSample } from './htype/boxes.js';
export {
  audio,
  bbox,
  bbox3d,
  binaryMask,
  classLabel,
  dicom,
  embedding,
  generic,
  image,
  imageGray,
  imageRgb,
  instanceLabel,
  intrinsics,
  json,
  keypointsCoco,
  list,
  mesh,
  nifti,
  point,
  pointCloud,
  polygon,
  segmentMask,
  sequence,
  tag,
  text,
  video,
} from './htype/builders.js';
export type { LabelSample } from './htype/class-label.js';
export type { DicomPicture, DicomSample, DicomTag, WindowOptions } from './htype/dicom-sample.js';
export { FileSample, type ReadOptions, read } from './htype/file-sample.js';
export { type BitmapOptions, type BlobOptions, ImageSample } from './htype/image-sample.js';
export type { Keypoint, KeypointObject, KeypointsSample } from './htype/keypoints-coco.js';
export { link } from './htype/link.js';
export type { LinkSample } from './htype/link-sample.js';
export { MediaSample } from './htype/media-sample.js';
export type { MeshElements, MeshGeometry, MeshSample } from './htype/mesh-sample.js';
export type {
  NiftiHeader,
  NiftiSample,
  SliceBitmapOptions,
  SliceOptions,
  VolumeOptions,
} from './htype/nifti-sample.js';
export type { PointBounds, PointCloudSample, PointColumns } from './htype/point-cloud-sample.js';
export type {
  ArrayInput,
  BaseHtype,
  Box,
  Exact,
  FileInput,
  Htype,
  HtypeMap,
  HtypeOptions,
  ImageCompression,
  ImageInput,
  In,
  InputOf,
  JsonInput,
  LinkedSample,
  MaskInput,
  MediaInput,
  MetaHtype,
  NdArrayInput,
  NestedNumbers,
  NumberArray,
  NumericInput,
  Out,
  OutputOf,
  PolygonInput,
  Row,
  RowInput,
  Schema,
  TensorDef,
} from './htype/schema.js';
export type { SegmentMaskSample } from './htype/segment-mask.js';
export { type HtypePlugin, registerHtype } from './htype/table.js';
export type {
  CommonTensorOptions,
  Companions,
  EncodedSample,
  HtypeSpec,
  StoredSample,
  TensorContext,
  Value,
} from './htype/types.js';
export type { VideoSample } from './htype/video-sample.js';
export type { StoreStats } from './store/counted.js';
// Stores
export { type OpenStoreOptions, openStore } from './store/open.js';
export type { CallOptions, ListableStore, Put, ReadableStore, Store, WritableStore } from './store/types.js';
export type { Awaitable, Bytes } from './util/bytes.js';
export type { CommitChanges, TensorChanges } from './version/changes.js';
