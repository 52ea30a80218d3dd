import Support
import Testing

/// Tests with real processes, one after another: two cores are not many. The shortest limit of time counts.
@Suite(.serialized, .timeLimit(.minutes(TestScale.isFull ? 60 : 5))) enum ClusterSuite {}
