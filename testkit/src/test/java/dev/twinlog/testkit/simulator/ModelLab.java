package dev.twinlog.testkit.simulator;

import dev.twinlog.internal.kafka.wire.net.Cluster;
import dev.twinlog.testkit.simulator.model.Agenda;
import dev.twinlog.testkit.simulator.model.ModelBatch;
import dev.twinlog.testkit.simulator.model.ModelKafka;
import dev.twinlog.testkit.simulator.model.ModelPartition;
import dev.twinlog.testkit.simulator.model.ModelSettings;
import dev.twinlog.testkit.simulator.model.ModelTimes;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.TopicPartition;

/** A lab on the model of Kafka. */
final class ModelLab implements Lab {
  static final long DAY_MS = Duration.ofDays(1).toMillis();
  static final long WEEK_MS = Duration.ofDays(7).toMillis();

  private final Agenda agenda = new Agenda(System.currentTimeMillis());
  private final ModelKafka kafka;
  private final Cluster cluster;
  private int topics;

  ModelLab() {
    this(new ModelTimes(1, 1, 1, 1, 5, 1, Integer.MAX_VALUE, 0));
  }

  ModelLab(ModelTimes times) {
    kafka =
        new ModelKafka(
            agenda,
            new Random(1),
            new ModelSettings(1, DAY_MS, 600_000, WEEK_MS, 120_000, times),
            new NoWatcher());
    cluster = kafka.connect();
  }

  private static final class NoWatcher implements ModelPartition.Watcher {
    @Override
    public void appended(ModelPartition partition, ModelBatch batch) {}

    @Override
    public void truncated(
        ModelPartition partition, long end, List<ModelBatch> batches, long committed, long start) {}
  }

  ModelKafka kafka() {
    return kafka;
  }

  Agenda agenda() {
    return agenda;
  }

  @Override
  public Cluster cluster() {
    return cluster;
  }

  @Override
  public String createTopic(int partitions, int maxBytes) {
    String name = "t" + topics++;
    kafka.createTopic(name, partitions, maxBytes);
    return name;
  }

  @Override
  public void pass() {
    agenda.advance(20_000_000);
  }

  @Override
  public long nowMs() {
    return agenda.wallMs();
  }

  @Override
  public void restart() {
    kafka.restart(0);
    cluster.poll(0);
  }

  @Override
  public void deleteBefore(TopicPartition partition, long offset) {
    agenda.advance(1_000_000_000);
    kafka.partition(partition).moveStart(offset);
  }
}
