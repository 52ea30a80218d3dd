import Testing

/// Tests with real processes, one after another: two cores are not many.
@Suite(.serialized, .timeLimit(.minutes(5))) enum ClusterSuite {}
