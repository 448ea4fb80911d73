package dev.twinlog.internal.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.TopicSync;
import dev.twinlog.internal.control.TopicAdmission.Admitted;
import dev.twinlog.internal.control.TopicAdmission.Refused;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.PartitionMapper;
import dev.twinlog.spi.PluginContext;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.SinkWriter;
import dev.twinlog.spi.TopicCreation;
import dev.twinlog.spi.TopicCreation.Created;
import dev.twinlog.spi.TopicCreation.Existed;
import dev.twinlog.spi.TopicDescription;
import dev.twinlog.spi.TopicMapper;
import dev.twinlog.spi.TopicSink;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** Tests what is told of topics that are created. */
final class TopicAdmissionTest {
  private final Map<String, TopicCreation> results = new HashMap<>();
  private final Map<String, Map<String, String>> told = new HashMap<>();

  /** A sink in which all topics appear between the first look and the next one. */
  private final class RacingSink implements TopicSink {
    private int looks;

    @Override
    public Map<String, TopicDescription> describeTopics(Collection<String> topics) {
      Map<String, TopicDescription> found = new HashMap<>();
      if (looks++ > 0) {
        topics.forEach(
            topic ->
                found.put(topic, TopicDescription.of(topic, Optional.empty(), 1, 1, Map.of())));
      }
      return found;
    }

    @Override
    public Map<String, TopicCreation> createTopics(Collection<TopicDescription> wanted) {
      return results;
    }

    @Override
    public Map<String, Optional<ReplicationException>> growTopics(Map<String, Integer> partitions) {
      throw new AssertionError("grown");
    }

    @Override
    public Map<TopicPartition, Long> endOffsets(Collection<TopicPartition> partitions) {
      throw new AssertionError("asked for ends");
    }

    @Override
    public SinkWriter openWriter(PluginContext context) {
      throw new AssertionError("written");
    }
  }

  private Map<String, TopicAdmission.Admission> admit(String... topics) {
    TopicAdmission admission =
        new TopicAdmission(
            Optional.empty(),
            Optional.of(new RacingSink()),
            TopicMapper.identity(),
            PartitionMapper.identity(),
            TopicSync.defaults());
    admission.onCreated(told::putAll);
    Map<String, Integer> asked = new HashMap<>();
    for (String topic : topics) {
      asked.put(topic, 1);
    }
    return admission.admit(asked);
  }

  @Test
  void ofTopicsThatTheLinkHasCreated_theCopiedConfigsAreTold() {
    results.put(
        "made", new Created(Map.of("min.insync.replicas", "1", "compression.type", "producer")));
    results.put("bad", new TopicCreation.Refused(new PartitionFailedException("no")));
    assertThat(admit("made", "bad"))
        .hasEntrySatisfying("made", one -> assertThat(one).isInstanceOf(Admitted.class))
        .hasEntrySatisfying("bad", one -> assertThat(one).isInstanceOf(Refused.class));
    assertThat(told).isEqualTo(Map.of("made", Map.of("min.insync.replicas", "1")));
  }

  @Test
  void aTopicThatOthersHaveCreatedMeanwhile_isUsed_andItsConfigsAreTheirs() {
    results.put("theirs", new Existed());
    assertThat(admit("theirs").get("theirs")).isInstanceOf(Admitted.class);
    assertThat(told).isEmpty();
  }
}
