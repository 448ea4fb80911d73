package dev.twinlog.testkit;

import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.Sink;
import dev.twinlog.spi.Source;
import dev.twinlog.testkit.contract.LossySinkFixture;
import dev.twinlog.testkit.contract.SourceGapFixture;
import dev.twinlog.testkit.contract.SourceSilenceFixture;
import dev.twinlog.testkit.contract.SourceTruncationFixture;
import dev.twinlog.testkit.contract.StallingSinkFixture;
import dev.twinlog.testkit.internal.records.EncodedRecords;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.apache.kafka.common.TopicPartition;

/** Fixtures of the contract tests for the in-memory source and sink. */
final class InMemoryFixtures {
  private InMemoryFixtures() {}

  static final class Sources implements SourceGapFixture, SourceTruncationFixture {
    private final InMemoryCluster cluster = InMemoryCluster.create("us-east");
    private final boolean encoded;

    Sources(boolean encoded) {
      this.encoded = encoded;
    }

    @Override
    public void createTopic(String topic, int partitions) {
      cluster.createTopic(topic, partitions);
    }

    @Override
    public void append(TopicPartition partition, List<ReplicationRecord> records) {
      if (!encoded) {
        records.forEach(record -> cluster.append(partition, record));
        return;
      }
      for (int i = 0; i < records.size(); i += 7) {
        List<ReplicationRecord> some = records.subList(i, Math.min(i + 7, records.size()));
        cluster.appendEncoded(partition, EncodedRecords.encode(some));
      }
    }

    @Override
    public Source source(String topic) {
      return InMemorySource.builder(cluster).topics(topic::equals).maxBatchRecords(64).build();
    }

    @Override
    public void deleteBefore(TopicPartition partition, long offset) {
      cluster.truncateBefore(partition, offset);
    }

    @Override
    public void truncateAfter(TopicPartition partition, long offset) {
      cluster.truncateAfter(partition, offset);
    }

    @Override
    public void recreateTopic(String topic, int partitions) {
      cluster.recreateTopic(topic);
    }
  }

  static final class SilentSources implements SourceSilenceFixture {
    private final InMemoryCluster cluster = InMemoryCluster.create("us-east");
    private final List<InMemorySource> sources = new ArrayList<>();

    @Override
    public void createTopic(String topic, int partitions) {
      cluster.createTopic(topic, partitions);
    }

    @Override
    public void append(TopicPartition partition, List<ReplicationRecord> records) {
      records.forEach(record -> cluster.append(partition, record));
    }

    @Override
    public Source source(String topic) {
      InMemorySource source = InMemorySource.builder(cluster).topics(topic::equals).build();
      sources.add(source);
      return source;
    }

    @Override
    public void silence(TopicPartition partition) {
      sources.forEach(source -> source.silence(partition, new RetriableException("cut off")));
    }

    @Override
    public void heal(TopicPartition partition) {
      sources.forEach(source -> source.heal(partition));
    }
  }

  static final class Sinks implements StallingSinkFixture, LossySinkFixture {
    private final InMemoryCluster cluster = InMemoryCluster.create("eu-west");
    private final List<InMemorySink> sinks = new ArrayList<>();
    private final Function<InMemoryCluster, InMemorySink> factory;

    Sinks(Function<InMemoryCluster, InMemorySink> factory) {
      this.factory = factory;
    }

    @Override
    public void createTopic(String topic, int partitions) {
      cluster.createTopic(topic, partitions);
    }

    @Override
    public Sink sink() {
      InMemorySink sink = factory.apply(cluster);
      sinks.add(sink);
      return sink;
    }

    @Override
    public List<ReplicationRecord> records(TopicPartition target) {
      return cluster.records(target);
    }

    @Override
    public void stall() {
      sinks.forEach(sink -> sink.ackMode(InMemorySink.AckMode.MANUAL));
    }

    @Override
    public void unstall() {
      for (InMemorySink sink : sinks) {
        sink.ackMode(InMemorySink.AckMode.AT_ONCE);
        sink.ackAll();
      }
    }

    /** One failure is enough: after it the route must stay closed until it is opened. */
    @Override
    public void refuse(Route route) {
      sinks.forEach(sink -> sink.failPartly(route, 1, 3, new RetriableException("refused")));
    }

    @Override
    public void accept(Route route) {}

    @Override
    public void loseTail(TopicPartition target, long offset) {
      cluster.truncateAfter(target, offset);
    }
  }
}
