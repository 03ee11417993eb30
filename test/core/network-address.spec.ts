import fc from 'fast-check';
import { isPublicAddress } from '../../src/core/network-address.js';

const PRIVATE = [
  ...['0.0.0.0', '0.1.2.3', '10.0.0.1', '10.255.255.255', '100.64.0.1', '100.127.255.255', '127.0.0.1', '127.9.9.9'],
  ...['169.254.169.254', '172.16.0.1', '172.31.255.255', '192.0.0.1', '192.0.2.1', '192.168.1.1', '198.18.0.1'],
  ...['198.19.255.255', '198.51.100.7', '203.0.113.9', '224.0.0.1', '240.0.0.1', '255.255.255.255', '192.88.99.1'],
  ...['::', '::1', 'fc00::1', 'fdff::1', 'fe80::1', 'fe80::1%eth0', 'fec0::1', 'ff02::1', '::ffff:127.0.0.1'],
  ...['::ffff:7f00:1', '::FFFF:10.0.0.1', '0:0:0:0:0:ffff:c0a8:101', '64:ff9b::10.0.0.1', '64:ff9b::7f00:1'],
  ...['::127.0.0.1', '2001::1', '2001:db8::1', '2002:7f00:1::', '3fff::1', '100::1', '64:ff9b:1::1', '5f00::1'],
];
const PUBLIC = [
  ...['1.1.1.1', '8.8.8.8', '9.255.255.255', '11.0.0.0', '100.63.255.255', '100.128.0.0', '126.255.255.255'],
  ...['128.0.0.1', '169.253.0.1', '172.15.255.255', '172.32.0.0', '192.167.255.255', '198.17.0.1', '223.255.255.255'],
  ...['2606:4700:4700::1111', '2a00:1450:4001:81b::200e', '::ffff:8.8.8.8', '64:ff9b::8.8.8.8', '2001:4860:4860::8888'],
];
const NONSENSE = [
  '',
  'localhost',
  '1.2.3',
  '1.2.3.4.5',
  '256.1.1.1',
  '01.2.3.4',
  '0x7f.0.0.1',
  '2130706433',
  ' 1.1.1.1',
].concat([
  '1.1.1.1 ',
  '1::2::3',
  ':::',
  '12345::',
  '2606:4700',
  '1:2:3:4:5:6:7:8:9',
  '2606:4700:4700:0:0:0:0:1111::',
  'g::1',
]);

it.each(PRIVATE)('%s is not public', (address) => expect(isPublicAddress(address)).toBe(false));
it.each(PUBLIC)('%s is public', (address) => expect(isPublicAddress(address)).toBe(true));
it.each(NONSENSE)('"%s" is nothing that one could connect to', (text) => expect(isPublicAddress(text)).toBe(false));

const octet = fc.integer({ min: 0, max: 255 });
const group = fc.integer({ min: 0, max: 0xffff });

/** In numbers, another way than the one that is tested. */
function isReserved(a: number, b: number, c: number): boolean {
  const [two, three] = [a * 256 + b, a * 65536 + b * 256 + c];
  if ([0, 10, 127].includes(a) || a >= 224) return true;
  if ([0xa9fe, 0xc0a8].includes(two) || (two >= 0xac10 && two <= 0xac1f)) return true;
  if ((two >= 0x6440 && two <= 0x647f) || (two >= 0xc612 && two <= 0xc613)) return true;
  return [0xc00000, 0xc00002, 0xc05863, 0xc63364, 0xcb0071].includes(three);
}

it('says of an IPv4 address the same however it is wrapped', () => {
  fc.assert(
    fc.property(octet, octet, octet, octet, (a, b, c, d) => {
      const isPublic = !isReserved(a, b, c);
      const hex = `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
      for (const text of [`${a}.${b}.${c}.${d}`, `::ffff:${a}.${b}.${c}.${d}`, `::ffff:${hex}`, `64:ff9b::${hex}`]) {
        expect([text, isPublicAddress(text)]).toEqual([text, isPublic]);
      }
    }),
  );
});

it('lets no IPv6 address pass that is not within what is given out', () => {
  fc.assert(
    fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
      const text = groups.map((one) => one.toString(16)).join(':');
      if (groups[0]! < 0x2000 || groups[0]! > 0x3fff) expect(isPublicAddress(text)).toBe(false);
    }),
  );
});

it('never fails, whatever the text', () => {
  fc.assert(fc.property(fc.string(), (text) => typeof isPublicAddress(text) === 'boolean'));
});
