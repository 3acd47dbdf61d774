import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { StorageError } from './errors.js';
import { verifyManifest, writeManifest } from './manifest.js';
import { listFiles } from './storage.js';

let scratch = '';
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'rlt-manifest-'));
});
afterEach(() => rmSync(scratch, { recursive: true }));

describe('a manifest', () => {
  beforeEach(() => {
    writeFileSync(join(scratch, 'a.bin'), 'abc');
    writeFileSync(join(scratch, '__proto__'), '');
  });

  test('holds the SHA-256 of every file and verifies', async () => {
    const manifest = await writeManifest(scratch, { step: 3 });
    // The test vector of FIPS 180-2.
    expect(manifest.files['a.bin']).toEqual({
      sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
      bytes: 3,
    });
    expect(await verifyManifest(scratch)).toEqual(manifest);
    expect(Object.keys((await verifyManifest(scratch))?.files ?? {})).toEqual(['__proto__', 'a.bin']);
    expect(await listFiles(scratch)).toEqual(['__proto__', 'a.bin', 'manifest.json']);
  });

  test('covers what lies below, and leaves out unfinished files and what its writer names', async () => {
    mkdirSync(join(scratch, 'model', 'deep'), { recursive: true });
    mkdirSync(join(scratch, 'checkpoint-1'));
    for (const file of ['model/w', 'model/deep/x', 'checkpoint-1/y', '.partial-a.bin.1-0']) {
      writeFileSync(join(scratch, file), file);
    }
    await writeManifest(scratch, { kind: 'teach' }, (name) => name.startsWith('checkpoint-'));
    const manifest = await verifyManifest(scratch);
    expect(Object.keys(manifest?.files ?? {})).toEqual(['__proto__', 'a.bin', 'model/deep/x', 'model/w']);
    expect(manifest?.facts).toEqual({ kind: 'teach' });
    writeFileSync(join(scratch, 'model', 'deep', 'x'), 'model/deep/y');
    await expect(verifyManifest(scratch)).rejects.toThrow(/has changed.*deep.x/);
  });

  test('that is absent is no error: the directory is unfinished, or not there', async () => {
    expect(await verifyManifest(scratch)).toBeUndefined();
    expect(await verifyManifest(join(scratch, 'never-there'))).toBeUndefined();
    expect(await verifyManifest(join(scratch, 'a.bin'))).toBeUndefined();
  });

  test.each<[string, () => void, RegExp]>([
    ['changed', () => writeFileSync(join(scratch, 'a.bin'), 'abd'), /has changed.*wrong checksum.*a\.bin.*\n.*Restore/],
    [
      'cut',
      () => writeFileSync(join(scratch, 'a.bin'), 'ab'),
      /has changed.*2 bytes instead of 3.*a\.bin.*\n.*Restore/,
    ],
    ['missing', () => rmSync(join(scratch, 'a.bin')), /missing.*a\.bin.*\n.*Restore/],
  ])('finds a file that is %s', async (_, damage, message) => {
    await writeManifest(scratch);
    damage();
    await expect(verifyManifest(scratch)).rejects.toBeInstanceOf(StorageError);
    await expect(verifyManifest(scratch)).rejects.toThrow(message);
  });

  test.each([
    '',
    '[]',
    '{"files":[],"facts":{}}',
    '{"files":{}}',
    '{"files":{"../a":{"sha256":"","bytes":0}},"facts":{}}',
    '{"files":{"/a":{"sha256":"","bytes":0}},"facts":{}}',
    '{"files":{"a/../../b":{"sha256":"","bytes":0}},"facts":{}}',
    '{"files":{"a\\\\b":{"sha256":"","bytes":0}},"facts":{}}',
    '{"files":{"a":{"sha256":1,"bytes":0}},"facts":{}}',
    '{"files":{"a":{"sha256":"","bytes":0.5}},"facts":{}}',
    '{"files":{},"facts":{"steps":null}}',
  ])('that is damaged is refused: %s', async (text) => {
    writeFileSync(join(scratch, 'manifest.json'), text);
    await expect(verifyManifest(scratch)).rejects.toThrow(/not a manifest.*manifest\.json/);
  });
});
