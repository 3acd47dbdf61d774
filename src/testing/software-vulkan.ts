/** A Vulkan driver that computes on the CPU: with it the tests of WebGPU run on machines without a graphics card. */
import { existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

/** Where Debian's chromium package keeps SwiftShader. */
const INSTALLED = '/usr/lib/chromium/vk_swiftshader_icd.json';

/** What a process needs in its environment from its start on to use the driver, or why there is none. */
export type SoftwareVulkan = { readonly environment: Readonly<Record<string, string>> } | { readonly missing: string };

/** VK_ICD_FILENAMES says which driver, where it is set; else it is the installed one. */
export function softwareVulkan(given: NodeJS.ProcessEnv = process.env): SoftwareVulkan {
  if (process.platform === 'linux' && process.arch !== 'x64')
    return { missing: `ONNX Runtime's package has no WebGPU for Linux on ${process.arch}` };
  const drivers = given.VK_ICD_FILENAMES ?? INSTALLED;
  const lacking = drivers.split(delimiter).find((file) => !existsSync(file));
  if (lacking !== undefined) {
    return given.VK_ICD_FILENAMES === undefined
      ? { missing: 'no software Vulkan driver is installed (Debian: apt install chromium)' }
      : { missing: `VK_ICD_FILENAMES names a driver that is not there: "${lacking}"` };
  }
  // The loader of drivers is found as any library is. Debian has it in a package of its own, which chromium does not
  // depend on since it brings its own beside the driver.
  const loaders = drivers
    .split(delimiter)
    .map(dirname)
    .filter((folder) => existsSync(join(folder, 'libvulkan.so.1')));
  const libraries = [...loaders, ...(given.LD_LIBRARY_PATH ?? '').split(delimiter)].filter((folder) => folder !== '');
  return { environment: { VK_ICD_FILENAMES: drivers, LD_LIBRARY_PATH: [...new Set(libraries)].join(delimiter) } };
}
