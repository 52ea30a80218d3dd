import Arguments
import Bytes
import JSON

/// `winnow federate key`: the public half of a silo's key, which the others pin.
enum FederateKeyVerb {
  static let key = Flag.required(
    "identity-key-file", .file, "The silo's own key of 32 bytes, mode 600: (umask 077; openssl rand -hex 32 > FILE).")

  static let verb = Verb(
    command: Command(
      name: "key", summary: "Print the key by which other silos know this one",
      details: """
        Tell it the others by another way than the files of the federation: who carries the files could otherwise sit \
        between all silos.
        """,
      flags: [key]), run: run)

  @Sendable private static func run(_ session: Session) async throws(Failure) -> ExitCode {
    let key = ContentHash.hexadecimal(SigningKey(secret: try SystemKey.secret(session[Self.key])).publicKey)
    session.print(.object([("key", .text(key))]), human: key + "\n")
    return .ok
  }
}
