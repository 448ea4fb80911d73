package dev.twinlog.testkit.simulator;

import dev.twinlog.spi.PartitionMapper;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.testkit.InMemoryCluster;
import dev.twinlog.testkit.simulator.model.Agenda;
import dev.twinlog.testkit.simulator.model.ModelRecords;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Headers;

/**
 * The source topic: produces records into it and keeps the {@link SourceTruth} of each partition.
 */
final class SourceTopic {
  static final String NAME = "t";

  private static final Headers NO_HEADERS =
      new ProducerRecord<byte[], byte[]>("any", new byte[0]).headers();
  private static final long YEAR_MS = 31_536_000_000L;

  private final InMemoryCluster cluster;
  private final Agenda agenda;
  private final Random random;
  private final Scenario scenario;
  private final DeadLetterTopic letters;
  private final PartitionMapper mapper;
  private final List<SourceTruth> truths = new ArrayList<>();

  SourceTopic(
      InMemoryCluster cluster,
      Agenda agenda,
      Random random,
      Scenario scenario,
      DeadLetterTopic letters) {
    this.cluster = cluster;
    this.agenda = agenda;
    this.random = random;
    this.scenario = scenario;
    this.letters = letters;
    this.mapper = scenario.mapper().mapper();
    cluster.createTopic(NAME, scenario.sourcePartitions());
    for (int i = 0; i < scenario.sourcePartitions(); i++) {
      truths.add(new SourceTruth());
    }
  }

  static TopicPartition partition(int number) {
    return new TopicPartition(NAME, number);
  }

  SourceTruth truth(int partition) {
    return truths.get(partition);
  }

  int partitions() {
    return truths.size();
  }

  /** The transform of the link: drops every third record. */
  static Optional<ReplicationRecord> filter(ReplicationRecord record) {
    return record.offset() % 3 == 0 ? Optional.empty() : Optional.of(record);
  }

  /** Produces a few records, one by one or in batches. */
  int produce(int partition) {
    int count = 1 + random.nextInt(random.nextInt(5) == 0 ? 40 : 8);
    boolean encoded = random.nextBoolean();
    List<ReplicationRecord> batch = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      SourceTruth truth = truths.get(partition);
      long offset = cluster.endOffset(partition(partition)) + (encoded ? i : 0);
      byte[] key = ("k" + random.nextInt(20)).getBytes(StandardCharsets.UTF_8);
      ReplicationRecord record =
          ReplicationRecord.of(
              offset, timestamp(), key, TargetTruth.value(partition, truth.size()), NO_HEADERS);
      truth.add(offset, target(partition, record));
      if (encoded) {
        batch.add(record);
      } else {
        cluster.append(partition(partition), record);
      }
    }
    if (encoded) {
      cluster.appendEncoded(partition(partition), ModelRecords.encode(batch));
    }
    return count;
  }

  /** Truncates a partition at an offset. */
  void truncate(int partition, long offset) {
    cluster.truncateAfter(partition(partition), offset);
    truths.get(partition).truncate(offset);
  }

  private long timestamp() {
    Scenario.Ages ages = scenario.ages();
    if (ages == Scenario.Ages.MIXED) {
      Scenario.Ages[] all = Scenario.Ages.values();
      ages = all[random.nextInt(all.length - 1)];
    }
    return switch (ages) {
      case OLD -> agenda.wallMs() - YEAR_MS - random.nextInt(1_000_000);
      case NONE -> random.nextInt(2) - 1;
      default -> agenda.wallMs() - random.nextInt(1_000);
    };
  }

  private int target(int partition, ReplicationRecord record) {
    boolean isRefused = letters.refuses(truths.get(partition).size());
    if (isRefused || (scenario.filter() && filter(record).isEmpty())) {
      return SourceTruth.DROPPED;
    }
    int targets = scenario.targetPartitions();
    if (mapper instanceof PartitionMapper.ByRecord byRecord) {
      return byRecord.targetPartition(partition(partition), record, targets);
    }
    return mapper instanceof PartitionMapper.ByPartition byPartition
        ? byPartition.targetPartition(partition(partition), targets)
        : partition;
  }
}
