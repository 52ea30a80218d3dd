import Arguments

/// The table of `winnowd`'s commands and flags.
enum Commands {
  static let listen = Flag("listen", .address, "Where to listen.", group: "Network", default: "127.0.0.1:7700")
  static let insecureListen = Flag.switch(
    "insecure-listen", "Listen beyond loopback without TLS, or without asking who comes.", group: "Network")
  static let tlsDirectory = Flag(
    "tls-dir", .file,
    "The directory with certificate.pem, key.pem and authority.pem of 'winnow tls': all links are under TLS then.",
    group: "Network", placeholder: "DIR")
  static let tlsClients = Flag(
    "tls-clients", .choice(["optional", "required"]),
    "Whether clients have to show a certificate of the cluster's authority, which says who they are.", group: "Network",
    default: "optional")
  static let keys = Flag(
    "keys", .file, "The keys of clients, with what each may do: a client without one of them is refused.",
    group: "Network")
  static let auditLog = Flag(
    "audit-log", .file,
    "The file that says who has administered what, and who was refused; without it audit.log in --data-dir, with --keys.",
    group: "Network")
  static let adminListen = Flag("admin-listen", .address, adminSummary(7780), group: "Network")
  static let admin = Flag.switch("admin", "Whether to answer by HTTP.", group: "Network", default: true)
  static let compression = Flag(
    "compression", .choice(["lz4", "none"]), "Compression of payloads, if the peer knows it too.", group: "Network",
    default: "lz4")
  static let connections = Flag(
    "connections", .int(1...65_536), "Connections at one time; further ones are closed.", group: "Network",
    default: "4096")
  static let drainTimeout = Flag(
    "drain-timeout", .duration(.zero ... .seconds(60)), "How long requests in flight may take after a signal.",
    group: "Network", default: "10s")
  static let eventLoops = Flag("event-loops", .int(1...64), "Threads that move bytes.", group: "Work", default: "1")

  // MARK: Where a node keeps its data

  static let shardDirectory = Flag(
    "data-dir", .file, "The directory of the items; give this or --memory-only.", group: "Storage", placeholder: "DIR")
  static let memoryOnly = Flag.switch(
    "memory-only", "Keep items in memory only: they are lost when the process ends.", group: "Storage")
  static let memoryMax = Flag(
    "memory-max", .byteSize(1 << 20...1 << 50),
    "Limit of the items' memory, above which the shard refuses more; without it 80 % of the machine's.",
    group: "Storage")
  static let shards = Flag.list(
    "shards", .members,
    "The shards of a new cluster, in order, of one with several members all with + between; later the shard map of the data directory counts, and this only has to name "
      + "one of them.", group: "Cluster", placeholder: "HOST:PORT[+HOST:PORT…],…")
  static let adopt = Flag.list(
    "adopt", .address,
    "Make the data directory, which has to be empty, from what all shards of a cluster hold, for a coordinator that has "
      + "lost its own; models have to be pushed again.", group: "Cluster", placeholder: "HOST:PORT,…")
  static let coordinatorDirectory = Flag.required(
    "data-dir", .file, "The directory of shard map, collections and models.", group: "Cluster", placeholder: "DIR")

  // MARK: What several coordinators agree on

  static let metadata = Flag(
    "metadata", .choice(["file", "etcd"]),
    "Where map, collections and moves lie: in files of --data-dir, for the one coordinator of a cluster, or in etcd, for "
      + "any number of them.", group: "Metadata", default: "file")
  static let etcd = Flag.list(
    "etcd", .string, "The members of etcd; under TLS all begin with https.", group: "Metadata",
    placeholder: "http://HOST:PORT,…")
  static let etcdTLSDirectory = Flag(
    "etcd-tls-dir", .file,
    "The directory with authority.pem, by which etcd is known under TLS, and with certificate.pem and key.pem if it asks who "
      + "comes.", group: "Metadata", placeholder: "DIR")
  static let etcdPrefix = Flag(
    "etcd-prefix", .string, "The name of the cluster in etcd: all of its keys begin with it and a slash.",
    group: "Metadata", default: "winnow", placeholder: "NAME")
  static let etcdUser = Flag("etcd-user", .string, "The user of etcd.", group: "Metadata", placeholder: "NAME")
  static let etcdPasswordFile = Flag(
    "etcd-password-file", .file, "The file whose first line is the user's password.", group: "Metadata")
  static let advertise = Flag(
    "advertise", .address, "Where clients and the other coordinators reach this one; without it --listen.",
    group: "Metadata")
  static let importMetadata = Flag.switch(
    "import-metadata", "Write what the files of --data-dir hold to etcd, once, where the prefix is empty.",
    group: "Metadata")

  // MARK: Work and log

  static let queries = Flag(
    "queries", .int(1...4096),
    "Limit of queries in work; lower while searches wait at the shards. Further queries wait, or are refused.",
    group: "Work", default: "64")
  static let queriesWaiting = Flag(
    "queries-waiting", .int(0...65_536), "Limit of queries that wait for their turn.", group: "Work", default: "512")
  static let hedge = Flag(
    "hedge", .choice(["on", "off"]),
    "Ask one more member of a shard when a search takes longer than 19 in 20 do, for a search in twenty at most.",
    group: "Work", default: "on")
  static let itemCacheMemory = Flag(
    "item-cache-memory", .byteSize(0...1 << 40),
    "Limit of the memory for items of stored histories, which the next query takes from there; 0: none is kept.",
    group: "Work", default: "64MiB")
  static let itemCacheAge = Flag(
    "item-cache-age", .duration(.zero ... .seconds(3600)),
    "How long they are taken from there before their shards are asked again.", group: "Work", default: "10s")
  static let consoleDirectory = Flag(
    "console-dir", .file,
    "Serve the files of the console from here, read for each request, to work on the page; without it those inside the "
      + "program.", group: "Console", placeholder: "DIR")
  static let threads = Flag(
    "threads", .int(0...1024), "Threads that compute; 0: one a core.", group: "Work", default: "0")
  static let isa = Flag(
    "isa", .choice(["auto", "scalar", "avx2", "avx512", "neon"]),
    "Instruction set of the kernels; every one gives the same bits.", group: "Work", default: "auto")
  static let logLevel = Flag(
    "log-level", .choice(["debug", "info", "warning", "error"]), "Lowest level that is logged.", group: "Log",
    default: "info")
  static let logFormat = Flag(
    "log-format", .choice(["text", "json"]), "The form of the log on standard error, a line for each event.",
    group: "Log", default: "text")
  static let slowQueryThreshold = Flag(
    "slow-query-threshold", .duration(.zero ... .seconds(60)), slowSummary("Queries"), group: "Log", default: "100ms")
  static let slowQueryHideUsers = Flag.switch(
    "slow-query-hide-users", "Keep slow queries without the ids of their shoppers.", group: "Log")

  // MARK: What is answered

  static let answerLogMax = Flag(
    "answer-log-max", .byteSize(0...1 << 50),
    "Limit of the files of the answer log in --data-dir, which say which shopper was shown what; the oldest go first; 0: no "
      + "answer is logged.", group: "Answer log", default: "0")
  static let answerLogRate = Flag(
    "answer-log-rate", .double(0...1), "The share of answers that are logged.", group: "Answer log", default: "1")
  static let inputLogRate = Flag(
    "input-log-rate", .double(0...1),
    "The share of these that are logged with all that the network read, for 'winnow log replay'.", group: "Answer log",
    default: "0.01")
  static let exchangeRate = Flag(
    "exchange-rate", .double(0...1),
    "The share of logged answers in which two neighbours are exchanged at random, to learn how much less is clicked "
      + "further down; not of lists with pages.", group: "Answer log", default: "0")
  static let lossRate = Flag(
    "loss-rate", .double(0...1),
    "The share of queries that are asked once more in the background, one at a time, with ten times the candidates: what "
      + "answers miss is in the metrics.", group: "Answer log", default: "0")

  private static let work: [any Argument] = [threads, isa, logLevel, logFormat]
  private static let shardFlags: [any Argument] =
    [
      listen.with(default: "127.0.0.1:7701"), insecureListen, tlsDirectory,
      adminListen.with(summary: adminSummary(7781)), admin, compression, connections, drainTimeout, eventLoops,
      shardDirectory, memoryOnly, memoryMax,
    ] + work + [slowQueryThreshold.with(summary: slowSummary("Searches"))]
  private static let coordinatorFlags: [any Argument] =
    [
      listen, insecureListen, tlsDirectory, tlsClients, keys, auditLog, adminListen, admin, compression, connections,
      drainTimeout, eventLoops, shards, adopt, coordinatorDirectory, metadata, etcd, etcdTLSDirectory, etcdPrefix,
      etcdUser, etcdPasswordFile, advertise, importMetadata, queries, queriesWaiting, hedge,
      itemCacheMemory, itemCacheAge, consoleDirectory,
    ] + work + [
      slowQueryThreshold, slowQueryHideUsers, answerLogMax, answerLogRate, inputLogRate, exchangeRate, lossRate,
    ]

  static let root = Command(
    name: "winnowd", summary: "Run a node of a Winnow cluster",
    details: """
      A cluster is one coordinator, or several with --metadata etcd, and one or more shards. Start the shards first, then the coordinator with their \
      addresses; then talk to the coordinator with 'winnow'. SIGTERM and SIGINT let a node finish what is in flight.
      """,
    subcommands: [
      Command(
        name: "shard", summary: "Keep items and answer searches for them",
        details: """
          Items are in memory, and in the data directory before a write is acknowledged: a shard that starts again \
          has them. With --memory-only it is empty then, says so, and is complete again after 'winnow feed --complete'.
          """,
        flags: shardFlags),
      Command(
        name: "coordinator", summary: "Answer queries, re-rank, and own the shard map, collections and models",
        flags: coordinatorFlags),
    ])

  private static func adminSummary(_ port: Int) -> String {
    "Where to answer metrics, health and, on a coordinator, the console by HTTP; without it 127.0.0.1 and the port of "
      + "--listen plus 80: \(port)."
  }

  private static func slowSummary(_ what: String) -> String {
    "\(what) that take this long or longer are logged; 0s: none."
  }
}
