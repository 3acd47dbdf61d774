/**
 * What Windows-1252 has from 0x80 to 0x9f, where Latin-1 has control characters, which stand here where it has nothing. Node's
 * TextDecoder gives those of Latin-1.
 */
export const WINDOWS_1252 = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ';
