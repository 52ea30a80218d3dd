import Testing

@testable import Bytes

/// The keys of libcrypto against the vectors of their RFCs.
@Suite struct KeyTests {
  private func bytes(_ text: String) -> [UInt8] { Hexadecimal.bytes(text.utf8) ?? [] }

  @Test func chaCha20IsThatOfRFC8439() {
    // Section 2.4.2: the stream from block 1 on.
    let key = bytes("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")
    let stream = ChaCha20.stream(key: key, nonce: bytes("000000000000004a00000000"), block: 1, count: 64)
    #expect(
      ContentHash.hexadecimal(stream)
        == "224f51f3401bd9e12fde276fb8631ded8c131f823d2c06e27e4fcaec9ef3cf788a3b0aa372600a92b57974cded2b9334794cba40c63e34cdea212c4cf07d41b7"
    )
    let whole = ChaCha20.stream(key: key, nonce: bytes("000000000000004a00000000"), count: 192)
    #expect(Array(whole[64..<128]) == stream)
  }

  @Test func x25519IsThatOfRFC7748() {
    // Section 6.1.
    let alice = AgreementKey(secret: bytes("77076d0a7318a57d3c16c17251b26645c6c2f6c8f2b1c6e0e3a9f5c6e0d7a0a4"))
    #expect(alice.publicKey.count == 32)
    let own = AgreementKey(secret: bytes("77076d0a7318a57d3c16c17251b26645df4c2f92ebc099170fb8ba0b4e29c1d2"))
    #expect(own.publicKey.count == 32)
    let a = AgreementKey(secret: bytes("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4"))
    let u = bytes("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c")
    #expect(
      ContentHash.hexadecimal(a.shared(with: u) ?? [])
        == "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552")
    #expect(alice.shared(with: own.publicKey) == own.shared(with: alice.publicKey))
    // A point of small order makes every secret 0.
    #expect(a.shared(with: [UInt8](repeating: 0, count: 32)) == nil)
    #expect(a.shared(with: [1]) == nil)
  }

  @Test func ed25519IsThatOfRFC8032() {
    // Section 7.1, test 2.
    let key = SigningKey(secret: bytes("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"))
    #expect(
      ContentHash.hexadecimal(key.publicKey) == "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
    let signature = key.signature(of: [0x72])
    #expect(
      ContentHash.hexadecimal(signature)
        == "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )
    #expect(SigningKey.isSigned([0x72], signature, by: key.publicKey))
    #expect(!SigningKey.isSigned([0x73], signature, by: key.publicKey))
    var forged = signature
    forged[3] ^= 1
    #expect(!SigningKey.isSigned([0x72], forged, by: key.publicKey))
    #expect(!SigningKey.isSigned([0x72], signature, by: []))
  }

  @Test func keysAreDerivedAsInRFC5869() {
    // Test case 1.
    let key = KeyDerivation.sha256(
      secret: [UInt8](repeating: 0x0B, count: 22), salt: bytes("000102030405060708090a0b0c"),
      info: bytes("f0f1f2f3f4f5f6f7f8f9"), count: 42)
    #expect(
      ContentHash.hexadecimal(key)
        == "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865")
  }

  @Test func hexadecimalTextIsReadBack() {
    #expect(Hexadecimal.bytes("00fFa1".utf8) == [0, 0xFF, 0xA1])
    #expect(Hexadecimal.bytes("0".utf8) == nil)
    #expect(Hexadecimal.bytes("0g".utf8) == nil)
    #expect(Hexadecimal.bytes("".utf8) == [])
  }
}
