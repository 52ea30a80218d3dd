package import Ranking

extension GaussianMechanism {
  /// As a model's statement names it.
  package var stated: PrivacyStatement.Mechanism {
    PrivacyStatement.Mechanism(name: name, sigma: sigma, sampling: sampling, steps: steps, scale: 1 << Fixed.bits)
  }
}
