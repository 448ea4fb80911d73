package dev.twinlog.testkit.kafka;

import dev.twinlog.kafka.DataPath;
import dev.twinlog.kafka.KafkaCluster;
import dev.twinlog.kafka.KafkaSink;
import dev.twinlog.spi.DrivenSinkWriter;
import dev.twinlog.spi.Recovery;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteProgress;
import dev.twinlog.spi.WriteAck;
import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.KafkaTopics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;

/**
 * Measures how long the ledger takes to open many routes that each have a batch written after the
 * saved progress, on embedded brokers in this JVM: {@code ManyRoutesMain [routes [brokers]]}.
 */
public final class ManyRoutesMain {
  private static final int PARTITIONS = 100;

  private ManyRoutesMain() {}

  public static void main(String[] args) {
    int routes = args.length > 0 ? Integer.parseInt(args[0]) : 10_000;
    int brokers = args.length > 1 ? Integer.parseInt(args[1]) : 1;
    try (EmbeddedKafka kafka = EmbeddedKafka.builder().brokers(brokers).start()) {
      List<Route> all = new ArrayList<>();
      for (int topic = 0; topic * PARTITIONS < routes; topic++) {
        KafkaTopics.of(kafka).create("many-" + topic, PARTITIONS, Map.of());
        for (int partition = 0; partition < PARTITIONS; partition++) {
          TopicPartition both = new TopicPartition("many-" + topic, partition);
          all.add(new Route(both, both));
        }
      }
      Map<Route, Optional<RouteProgress>> known = new LinkedHashMap<>();
      all.forEach(route -> known.put(route, Optional.empty()));
      Map<Route, Optional<RouteProgress>> saved = write(kafka, known);
      for (int run = 1; run <= 3; run++) {
        saved = recover(kafka, "after a crash, run " + run, saved, Set.of());
      }
      recover(kafka, "after a clean close", saved, saved.keySet());
    }
  }

  private static KafkaSink sink(EmbeddedKafka kafka) {
    return KafkaSink.to(KafkaCluster.of("eu-west", kafka.bootstrapServers()))
        .path(DataPath.BATCHES)
        .build();
  }

  private static Map<Route, Optional<RouteProgress>> write(
      EmbeddedKafka kafka, Map<Route, Optional<RouteProgress>> known) {
    try (KafkaSink sink = sink(kafka);
        DrivenSinkWriter writer = (DrivenSinkWriter) sink.openWriter(TestContext.EXACTLY_ONCE)) {
      Map<Route, Optional<RouteProgress>> saved =
          answers("never opened before", sink, known, Set.of());
      List<CompletableFuture<WriteAck>> writes = new ArrayList<>();
      for (Route route : known.keySet()) {
        writer.open(route);
        List<ReplicationRecord> records =
            List.of(
                ReplicationRecord.of(
                    0,
                    System.currentTimeMillis(),
                    new byte[10],
                    new byte[100],
                    new RecordHeaders()));
        writes.add(
            writer
                .write(route, ReplicationBatch.of(route.source(), records))
                .toCompletableFuture());
      }
      CompletableFuture<?> last = CompletableFuture.allOf(writes.toArray(CompletableFuture[]::new));
      while (!last.isDone()) {
        writer.poll(Duration.ofMillis(10));
      }
      last.join();
      return saved;
    }
  }

  private static Map<Route, Optional<RouteProgress>> recover(
      EmbeddedKafka kafka,
      String what,
      Map<Route, Optional<RouteProgress>> known,
      Set<Route> clean) {
    try (KafkaSink sink = sink(kafka);
        DrivenSinkWriter writer = (DrivenSinkWriter) sink.openWriter(TestContext.EXACTLY_ONCE)) {
      writer.poll(Duration.ZERO);
      return answers(what, sink, known, clean);
    }
  }

  private static Map<Route, Optional<RouteProgress>> answers(
      String what, KafkaSink sink, Map<Route, Optional<RouteProgress>> known, Set<Route> clean) {
    Duration cpuBefore = cpu();
    long begun = System.nanoTime();
    Map<Route, Recovery> answers = sink.recover(known, clean).toCompletableFuture().join();
    long millis = Duration.ofNanos(System.nanoTime() - begun).toMillis();
    long cpuMillis = cpu().minus(cpuBefore).toMillis();
    Map<Route, Optional<RouteProgress>> saved = new HashMap<>();
    long held = 0;
    for (Map.Entry<Route, Recovery> answer : answers.entrySet()) {
      if (answer.getValue() instanceof Recovery.SkipMatching skip) {
        held += skip.count();
      } else {
        throw new AssertionError(answer.toString());
      }
      saved.put(
          answer.getKey(),
          Optional.of(new RouteProgress(answer.getKey(), 0, 0, answer.getValue().newState())));
    }
    System.out.printf(
        "%d routes, %s: %d ms, with %d ms of CPU in this JVM; %d records held%n",
        known.size(), what, millis, cpuMillis, held);
    return saved;
  }

  private static Duration cpu() {
    return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
  }
}
