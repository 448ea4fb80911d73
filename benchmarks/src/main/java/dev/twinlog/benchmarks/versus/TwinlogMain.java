package dev.twinlog.benchmarks.versus;

import dev.twinlog.DeliveryGuarantee;
import dev.twinlog.Replicator;
import dev.twinlog.kafka.DataPath;
import dev.twinlog.kafka.KafkaCluster;
import dev.twinlog.kafka.KafkaSink;
import dev.twinlog.kafka.KafkaSource;
import dev.twinlog.kafka.TopicSelector;
import java.util.concurrent.CountDownLatch;

/** {@link TwinlogContender} in its own JVM. Runs until it is ended. */
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
