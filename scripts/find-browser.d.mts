import type { LaunchOptions } from 'playwright';

/** Launch options of Playwright for the preferred browser. @throws {Error} when there is none. */
export declare function chromiumLaunch(): LaunchOptions;
