package dev.twinlog.benchmarks.versus;

import dev.twinlog.DeliveryGuarantee;
import dev.twinlog.Replicator;
import dev.twinlog.kafka.DataPath;
import dev.twinlog.kafka.KafkaCluster;
import dev.twinlog.kafka.KafkaSink;
import dev.twinlog.kafka.KafkaSource;
import dev.twinlog.kafka.TopicSelector;
import java.util.concurrent.CountDownLatch;

/** The main class of {@link TwinlogContender}: copies a topic until the process is ended. */
final class TwinlogMain {
  private TwinlogMain() {}

  /**
   * Copies a topic.
   *
   * @param args the two addresses, the topic, the link's name, the path, the guarantee
   */
  public static void main(String[] args) throws InterruptedException {
    DataPath path = DataPath.valueOf(args[4]);
    try (Replicator replicator =
        Replicator.builder()
            .link(args[3])
            .source(
                KafkaSource.from(KafkaCluster.of("source", args[0]))
                    .topics(TopicSelector.named(args[2]))
                    .path(path)
                    .build())
            .sink(KafkaSink.to(KafkaCluster.of("target", args[1])).path(path).build())
            .deliveryGuarantee(DeliveryGuarantee.valueOf(args[5]))
            .build()) {
      replicator.start();
      new CountDownLatch(1).await();
    }
  }
}
