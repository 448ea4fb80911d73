package dev.twinlog.kafka;

import dev.twinlog.Divergence;
import dev.twinlog.OnDivergence;
import dev.twinlog.Replicator;
import dev.twinlog.ReverseOptions;
import dev.twinlog.ReverseReport;
import dev.twinlog.internal.engine.agent.LinkTime;
import dev.twinlog.internal.engine.move.Reverse;
import dev.twinlog.internal.engine.move.Reverse.Opposite;
import dev.twinlog.internal.engine.move.Side;
import java.time.Clock;
import java.util.Map;

/** Reverses a link that another process has moved, by what is stored of it. Confined. */
final class ReverseTool implements AutoCloseable {
  private final KafkaCluster source;
  private final KafkaCluster target;
  private final Reverse.Parts parts;
  private final KafkaSource readsSource;
  private final KafkaSink intoSource;
  private final KafkaSink intoTarget;

  /** Connects to nothing yet. */
  ReverseTool(KafkaCluster source, KafkaCluster target, String link) {
    this.source = source;
    this.target = target;
    // only its logs are read, of the topics that the link has copied
    this.readsSource = KafkaSource.from(source).topics(TopicSelector.matching(".*")).build();
    this.intoSource = KafkaSink.to(source).build();
    this.intoTarget = KafkaSink.to(target).build();
    this.parts =
        new Reverse.Parts(
            link,
            new Side(readsSource, intoSource),
            new Side(intoTarget, intoTarget),
            LinkTime.system(Clock.systemUTC()),
            Reverse.Resender.none());
  }

  Divergence divergence() {
    return new Reverse(parts, ReverseOptions.defaults()).divergence();
  }

  ReverseReport reversal(ReverseOptions options) {
    return new Reverse(parts, options.dryRun()).run().report();
  }

  Replicator.Builder reverse(ReverseOptions options) {
    if (options.onDivergence() == OnDivergence.RESEND) {
      try (Replicator forward = forward(Reverse.topics(parts))) {
        return forward.reverse(options);
      }
    }
    Opposite opposite = new Reverse(parts, options).opposite();
    return Replicator.builder()
        .link(opposite.link())
        .source(
            KafkaSource.from(target)
                .topics(TopicSelector.named(opposite.topics().toArray(String[]::new)))
                .build())
        .sink(KafkaSink.to(source).build())
        .topicMapper(opposite.mapper());
  }

  /** The moved link, which runs once more within its reversal. */
  private Replicator forward(Map<String, String> topics) {
    return Replicator.builder()
        .link(parts.link())
        .source(
            KafkaSource.from(source)
                .topics(TopicSelector.named(topics.keySet().toArray(String[]::new)))
                .build())
        .sink(KafkaSink.to(target).build())
        .topicMapper(topic -> topics.getOrDefault(topic, topic))
        .build();
  }

  @Override
  public void close() {
    readsSource.close();
    intoSource.close();
    intoTarget.close();
  }
}
