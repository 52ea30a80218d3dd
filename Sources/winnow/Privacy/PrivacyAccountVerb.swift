import Arguments
import JSON
import Privacy

/// `winnow privacy account`: which ε noise buys, or which noise an ε needs.
enum PrivacyAccountVerb {
  static let mechanism = Flag.repeated(
    "mechanism", .string,
    "A release under Gaussian noise: sigma, in units of what one user may move; q, the probability by which each user "
      + "takes part; steps, how often. Several releases add up.", placeholder: "q=0.01,sigma=1.1,steps=10000")
  static let delta = Flag(
    "delta", .double(1e-300...0.999), "The probability of the promise not to hold.", default: "1e-6")
  static let epsilon = Flag(
    "epsilon", .double(1e-9...1000), "Print the least sigma for this epsilon: the one mechanism has none then.")

  static let verb = Verb(
    command: Command(
      name: "account", summary: "Which epsilon Gaussian noise buys, or which noise an epsilon needs",
      details: """
        The unit is one user, added or removed. The promise that counts is that of Rényi divergences (rdp), which also \
        holds for noise of whole numbers; beside it stands the exact one of continuous noise, where no users are sampled.
        """,
      flags: [mechanism, delta, epsilon]), run: run)

  @Sendable private static func run(_ session: Session) async throws(Failure) -> ExitCode {
    let delta = session[Self.delta]
    let texts = session[Self.mechanism]
    guard !texts.isEmpty else { throw session.usage(mechanism, "is missing: such as sigma=4,steps=10") }
    if let epsilon = session[Self.epsilon] {
      guard texts.count == 1 else { throw session.usage(mechanism, "is given once with --epsilon") }
      return try sigma(session, texts[0], epsilon: epsilon, delta: delta)
    }
    let mechanisms = try texts.map { text throws(Failure) in
      let values = try values(session, text)
      guard let sigma = values["sigma"] else { throw session.usage(mechanism, "has no sigma: \(text)") }
      return try made(session, sigma: sigma, values)
    }
    let (epsilon, order) = RenyiCurve(mechanisms).epsilon(delta: delta)
    let mu = AnalyticGaussian.mu(mechanisms)
    let analytic = mu.map { AnalyticGaussian.epsilon(mu: $0, delta: delta) }
    session.print(
      .object([
        ("epsilon", .number(epsilon)), ("order", .int(order)), ("delta", .number(delta)),
        ("mu", mu.map { .number($0) } ?? .null), ("analytic_epsilon", analytic.map { .number($0) } ?? .null),
      ]),
      human: "epsilon \(Text.fixed(epsilon, 9)) at delta \(delta), by order \(order)\n"
        + (analytic.map {
          "beside it, for continuous noise: epsilon \(Text.fixed($0, 9)), mu \(Text.fixed(mu ?? 0, 12))\n"
        } ?? ""))
    return .ok
  }

  /// Prints the noise that an ε needs.
  private static func sigma(
    _ session: Session, _ text: String, epsilon: Double, delta: Double
  ) throws(Failure) -> ExitCode {
    let values = try values(session, text)
    guard values["sigma"] == nil else { throw session.usage(mechanism, "has a sigma, which --epsilon asks for") }
    let template = try made(session, sigma: 1, values)
    guard
      let sigma = RenyiCurve.sigma(
        epsilon: epsilon, delta: delta, sampling: template.sampling, steps: template.steps)
    else { throw session.usage(Self.epsilon, "is so small that no noise is enough") }
    session.print(
      .object([("sigma", .number(sigma)), ("epsilon", .number(epsilon)), ("delta", .number(delta))]),
      human: "sigma \(Text.fixed(sigma, 9)) for epsilon \(epsilon) at delta \(delta)\n")
    return .ok
  }

  private static func values(_ session: Session, _ text: String) throws(Failure) -> [String: Double] {
    do throws(PrivacyError) {
      return try PrivacyTerms.numbers(
        text.split(separator: ",", omittingEmptySubsequences: false).map(String.init), among: ["q", "sigma", "steps"])
    } catch {
      throw session.usage(mechanism, "has \(error.message)")
    }
  }

  private static func made(
    _ session: Session, sigma: Double, _ values: [String: Double]
  ) throws(Failure) -> GaussianMechanism {
    guard let steps = Int(exactly: values["steps"] ?? 1) else {
      throw session.usage(mechanism, "has steps that are no whole number")
    }
    let made = GaussianMechanism("", sigma: sigma, sampling: values["q"] ?? 1, steps: steps)
    if let fault = made.fault { throw session.usage(mechanism, "needs another value: \(fault)") }
    return made
  }
}
