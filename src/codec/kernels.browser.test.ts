import { kernelContract } from './kernels.contract.js';

kernelContract();
