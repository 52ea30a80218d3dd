import Arguments
import CoordinatorNode
import Metadata
import Security
import SocketTransport
import Storage
import Telemetry
import Transport
import Vocabulary

/// Where a coordinator keeps what the cluster agrees on, by its flags.
struct MetadataPlace {
  let store: any MetadataStore
  /// `nil`: files, for the one coordinator.
  let seat: Coordinator.Surroundings.Seat?

  /// What `--metadata` says, whose other flags are checked.
  init(_ node: Node, _ values: Values, _ directory: DataDirectory) async throws(StartFailure) {
    guard values[Commands.metadata] == "etcd" else {
      for flag in [Commands.etcdPrefix as any Argument] + Self.etcdFlags {
        try Node.refuse(flag, values, "without --metadata etcd")
      }
      (store, seat) = (try Self.files(directory, node.log), nil)
      return
    }
    let ((members, isSecure), prefix) = (try Self.members(values), try Self.prefix(values))
    let etcd = EtcdStore(
      members: members, prefix: prefix, user: try Self.user(values), cache: MetadataCache(directory, prefix: prefix),
      network: try Self.network(values, node.group, isSecure: isSecure), timers: node.group.loops[0])
    let address = (values[Commands.advertise] ?? values[Commands.listen]).description
    let (network, loop, compression) = (node.network, node.group.loops[0], node.compression)
    store = etcd
    seat = Coordinator.Surroundings.Seat(etcd, address: address) { address, identity in
      PooledShardCaller(
        to: address, over: network, identity: identity, random: SystemRandom(), executor: loop, compression: compression
      )
    }
    try await settle(etcd, values, directory, node)
  }

  private static let etcdFlags: [any Argument] = [
    Commands.etcd, Commands.etcdTLSDirectory, Commands.etcdUser, Commands.etcdPasswordFile, Commands.advertise,
    Commands.importMetadata,
  ]

  private static func files(_ directory: DataDirectory, _ log: Log) throws(StartFailure) -> FileMetadataStore {
    let store: FileMetadataStore
    do throws(StorageError) { store = try FileMetadataStore(directory) } catch {
      throw StartFailure("winnowd coordinator: \(error.text)", error.isMisplaced ? .conflict : .storageFailed)
    }
    for path in store.damagedPaths {
      log(.warning, "a file is not whole; its other copy counts", ["file": .text(path)])
    }
    return store
  }

  // MARK: Flags of etcd

  /// `HOST:PORT` of each member, and whether they are under TLS.
  private static func members(_ values: Values) throws(StartFailure) -> (members: [String], isSecure: Bool) {
    let urls = values[Commands.etcd]
    guard !urls.isEmpty else {
      throw StartFailure(
        "winnowd coordinator: --metadata etcd needs the members of etcd: --etcd http://HOST:PORT,…", .usage)
    }
    var members: [String] = []
    let isSecure = urls[0].hasPrefix("https://")
    for url in urls {
      guard url.hasPrefix("https://") == isSecure else {
        throw StartFailure(
          values.complaint(about: Commands.etcd, "has members under TLS, by https://, and others without"), .usage)
      }
      let scheme = isSecure ? "https://" : "http://"
      var text = url.hasPrefix(scheme) ? url.dropFirst(scheme.count) : url[...]
      if text.hasSuffix("/") { text = text.dropLast() }
      guard let member = HostPort(text), member.port > 0 else {
        throw StartFailure(
          values.complaint(about: Commands.etcd, "has '\(url)', which is not like http://10.0.0.1:2379"), .usage)
      }
      members.append(member.description)
    }
    return (members, isSecure)
  }

  /// The way to etcd. Its files are looked at again from time to time, as new certificates take no restart.
  private static func network(
    _ values: Values, _ group: EventLoopGroup, isSecure: Bool
  ) throws(StartFailure) -> SocketNetwork {
    guard isSecure else {
      try Node.refuse(Commands.etcdTLSDirectory, values, "where the members of --etcd begin with http://")
      return SocketNetwork(group: group)
    }
    guard let path = values[Commands.etcdTLSDirectory] else {
      throw StartFailure(
        values.complaint(about: Commands.etcd, "is under TLS: say by --etcd-tls-dir DIR which authority to trust"),
        .usage)
    }
    let files: TLSDirectory
    do throws(TLSFault) { files = try TLSDirectory(path, demandsClients: false, needsCertificate: false) } catch {
      throw StartFailure(values.complaint(about: Commands.etcdTLSDirectory, "cannot be used: \(error.text)"), .usage)
    }
    return SocketNetwork(
      group: group, security: NetworkSecurity(isHTTP: true) { .success(files.refreshed(every: reloadSeconds)) })
  }

  private static let reloadSeconds: Int64 = 10

  private static func prefix(_ values: Values) throws(StartFailure) -> String {
    let prefix = values[Commands.etcdPrefix]
    let isName = prefix.utf8.allSatisfy {
      (0x61...0x7A).contains($0) || (0x41...0x5A).contains($0) || (0x30...0x39).contains($0) || "-_.".utf8.contains($0)
    }
    guard isName, (1...64).contains(prefix.utf8.count) else {
      throw StartFailure(
        values.complaint(about: Commands.etcdPrefix, "has to be 1 to 64 of the characters a-z, A-Z, 0-9, -, _ and ."),
        .usage)
    }
    return prefix
  }

  private static func user(_ values: Values) throws(StartFailure) -> EtcdUser? {
    guard let name = values[Commands.etcdUser] else {
      try Node.refuse(Commands.etcdPasswordFile, values, "without --etcd-user")
      return nil
    }
    guard let path = values[Commands.etcdPasswordFile] else {
      throw StartFailure(
        values.complaint(about: Commands.etcdUser, "needs the user's password: --etcd-password-file FILE"), .usage)
    }
    let bytes: [UInt8]?
    do throws(DiskError) { bytes = try RealDisk().read(path, limit: 4096) } catch {
      throw StartFailure(values.complaint(about: Commands.etcdPasswordFile, "cannot be read: \(error.text)"), .usage)
    }
    let line = (bytes ?? []).prefix { $0 != 0x0A && $0 != 0x0D }
    guard let bytes, !line.isEmpty, let password = String(validating: bytes.prefix(line.count), as: UTF8.self) else {
      throw StartFailure(
        values.complaint(about: Commands.etcdPasswordFile, "has no password in its first line"), .usage)
    }
    return EtcdUser(name: name, password: password)
  }

  // MARK: From files to etcd

  /// Imports what the directory's files hold, if that is asked for; refuses a directory whose cluster etcd does not have.
  private func settle(
    _ etcd: EtcdStore, _ values: Values, _ directory: DataDirectory, _ node: Node
  ) async throws(StartFailure) {
    let isThere: Bool
    do throws(MetadataError) { isThere = try await etcd.get(.shardMap) != nil } catch {
      // The directory knows the cluster: the coordinator starts from that.
      guard etcd.remembered == nil || values[Commands.importMetadata] else { return }
      throw StartFailure("winnowd coordinator: \(error.text)", .unreachable)
    }
    let hasFiles: Bool
    do throws(StorageError) { hasFiles = try FileMetadataStore.hasMap(in: directory) } catch {
      throw StartFailure("winnowd coordinator: \(error.text)", .storageFailed)
    }
    let prefix = values[Commands.etcdPrefix]
    guard values[Commands.importMetadata] else {
      guard hasFiles, !isThere else { return }
      throw StartFailure(
        "winnowd coordinator: \(directory.path) has the shard map of a cluster, and etcd has none under \(prefix): "
          + "take it there with --import-metadata, or give an empty directory", .conflict)
    }
    guard !isThere else {
      throw StartFailure(
        values.complaint(
          about: Commands.importMetadata, "is for a prefix that is empty: etcd has a cluster under \(prefix) already"),
        .conflict)
    }
    guard hasFiles else {
      throw StartFailure(
        values.complaint(about: Commands.importMetadata, "finds no shard map in \(directory.path)"), .conflict)
    }
    let files = try Self.files(directory, node.log)
    do throws(MetadataError) {
      let random = SystemRandom()
      // The map last: a prefix without one is empty.
      for name in [MetadataName.catalogue, .moves, .shardMap] {
        guard let value = try files.get(name) else { continue }
        _ = try await etcd.compareAndSet(
          MetadataChange(name, value.bytes, expected: nil, writer: random.next(), number: random.next()))
      }
    } catch {
      throw StartFailure(
        "winnowd coordinator: the import was not finished: \(error.text); delete the keys of etcd under \(prefix)/ and "
          + "import again", .unreachable)
    }
    node.log(.info, "imported", ["from": .text(directory.path), "prefix": .text(prefix)])
    ProcessContext.write("winnowd coordinator has imported \(directory.path) to etcd, prefix \(prefix)\n")
  }
}
