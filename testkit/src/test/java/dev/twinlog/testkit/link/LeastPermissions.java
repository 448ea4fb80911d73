package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twinlog.ConfigSync;
import dev.twinlog.GroupState;
import dev.twinlog.GroupSync;
import dev.twinlog.PartitionState;
import dev.twinlog.Replicator;
import dev.twinlog.TopicSync;
import dev.twinlog.kafka.DataPath;
import dev.twinlog.kafka.KafkaSink;
import dev.twinlog.kafka.KafkaSource;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.KafkaSecurity;
import dev.twinlog.testkit.KafkaTopics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/**
 * Two clusters with SASL_SSL, SCRAM and ACLs, and a link whose user has exactly the permissions of
 * {@link Needed}, or all but one.
 */
abstract class LeastPermissions {
  static final AtomicInteger NUMBER = new AtomicInteger();
  static EmbeddedKafka source;
  static EmbeddedKafka target;
  final String link = "least-" + NUMBER.incrementAndGet();
  final String topic = "orders-" + link;
  final TopicPartition first = new TopicPartition(topic, 0);

  /** The least permissions; core/OPERATIONS.md has the same table. */
  enum Needed {
    SOURCE_READ(Side.SOURCE, Resource.TOPIC, AclOperation.READ),
    SOURCE_DESCRIBE_CONFIGS(Side.SOURCE, Resource.TOPIC, AclOperation.DESCRIBE_CONFIGS),
    SOURCE_STATES_READ(Side.SOURCE, Resource.EVERY_STATE_TOPIC, AclOperation.READ),
    TARGET_CREATE(Side.TARGET, Resource.TOPIC, AclOperation.CREATE),
    TARGET_READ(Side.TARGET, Resource.TOPIC, AclOperation.READ),
    TARGET_WRITE(Side.TARGET, Resource.TOPIC, AclOperation.WRITE),
    TARGET_ALTER(Side.TARGET, Resource.TOPIC, AclOperation.ALTER),
    TARGET_DESCRIBE_CONFIGS(Side.TARGET, Resource.TOPIC, AclOperation.DESCRIBE_CONFIGS),
    TARGET_DELETE(Side.TARGET, Resource.TOPIC, AclOperation.DELETE),
    TARGET_ALTER_CONFIGS(Side.TARGET, Resource.TOPIC, AclOperation.ALTER_CONFIGS),
    SOURCE_GROUP(Side.SOURCE, Resource.GROUP, AclOperation.DESCRIBE),
    TARGET_GROUP(Side.TARGET, Resource.GROUP, AclOperation.READ),
    STATE_CREATE(Side.TARGET, Resource.STATE_TOPIC, AclOperation.CREATE),
    STATE_READ(Side.TARGET, Resource.STATE_TOPIC, AclOperation.READ),
    STATE_WRITE(Side.TARGET, Resource.STATE_TOPIC, AclOperation.WRITE),
    OWNER_WRITE(Side.TARGET, Resource.OWNER, AclOperation.WRITE);

    final Side side;
    final Resource resource;
    final AclOperation operation;

    Needed(Side side, Resource resource, AclOperation operation) {
      this.side = side;
      this.resource = resource;
      this.operation = operation;
    }

    AclBinding binding(String link, String topic) {
      ResourcePattern pattern =
          switch (resource) {
            case TOPIC -> new ResourcePattern(ResourceType.TOPIC, topic, PatternType.LITERAL);
            case GROUP -> new ResourcePattern(ResourceType.GROUP, topic, PatternType.LITERAL);
            case EVERY_STATE_TOPIC ->
                new ResourcePattern(ResourceType.TOPIC, "twinlog.", PatternType.PREFIXED);
            case STATE_TOPIC ->
                new ResourcePattern(
                    ResourceType.TOPIC, "twinlog." + link + ".", PatternType.PREFIXED);
            case OWNER ->
                new ResourcePattern(
                    ResourceType.TRANSACTIONAL_ID, "twinlog." + link + ".", PatternType.PREFIXED);
          };
      return new AclBinding(
          pattern, new AccessControlEntry("User:" + link, "*", operation, AclPermissionType.ALLOW));
    }
  }

  enum Side {
    SOURCE,
    TARGET
  }

  enum Resource {
    TOPIC,
    GROUP,
    EVERY_STATE_TOPIC,
    STATE_TOPIC,
    OWNER
  }

  @BeforeAll
  static void startClusters() {
    KafkaSecurity security = KafkaSecurity.scram().overTls().acls().user("back");
    for (int user = 1; user <= Needed.values().length + 15; user++) {
      security = security.user("least-" + user);
    }
    source = EmbeddedKafka.builder().security(security).start();
    target = EmbeddedKafka.builder().security(security).start();
  }

  @AfterAll
  static void stopClusters() {
    try (EmbeddedKafka closing = source) {
      target.close();
    }
  }

  static List<Needed> stopsTheTopic() {
    return Links.path() != DataPath.RECORDS
        ? List.of(Needed.TARGET_CREATE, Needed.TARGET_READ, Needed.TARGET_WRITE)
        : List.of(Needed.TARGET_CREATE, Needed.TARGET_WRITE);
  }

  void awaitDeleted() throws Exception {
    try (Admin admin = target.admin()) {
      await().atMost(Links.LIMIT).until(() -> !admin.listTopics().names().get().contains(topic));
    }
  }

  void awaitNote(Replicator replicator, String begin) {
    await()
        .atMost(Links.LIMIT)
        .untilAsserted(
            () ->
                assertThat(replicator.status().notes().getOrDefault(topic, List.of()))
                    .anyMatch(
                        note ->
                            note.startsWith(begin) && note.contains("DELETE on Topic " + topic)));
  }

  void awaitConfigNote(Replicator replicator, long position, String note) {
    assertThat(Groups.awaitState(replicator, group(), first, position, GroupState.SYNCED).reason())
        .isEqualTo("its configs are not the same: " + note);
  }

  void allowGroup(EmbeddedKafka kafka, AclOperation operation) throws Exception {
    create(
        kafka,
        List.of(
            new AclBinding(
                new ResourcePattern(ResourceType.GROUP, group(), PatternType.LITERAL),
                new AccessControlEntry("User:" + link, "*", operation, AclPermissionType.ALLOW))));
  }

  /** The id of a group, for which the same name is granted as for the topic. */
  String group() {
    return topic;
  }

  static AclBinding allowBack(String topic, PatternType pattern) {
    return new AclBinding(
        new ResourcePattern(ResourceType.TOPIC, topic, pattern),
        new AccessControlEntry("User:back", "*", AclOperation.READ, AclPermissionType.ALLOW));
  }

  /** A link in the opposite direction, whose permissions must be granted at its source only. */
  Replicator linkBack() {
    return Replicator.builder()
        .link("back-" + link)
        .source(
            KafkaSource.from(Links.cluster("eu-west", target.clientProperties("back")))
                .path(Links.path())
                .topics(TopicSelector.named(topic))
                .build())
        .sink(Links.sink(source))
        .build();
  }

  void assertStopped(Replicator replicator, TopicPartition partition, Needed missing) {
    Links.awaitState(replicator, partition, PartitionState.STOPPED);
    assertThat(Links.partition(replicator, partition).cause().orElseThrow())
        .isInstanceOf(PartitionFailedException.class)
        .hasMessageContaining(missing.operation + " on Topic " + topic);
  }

  String nameOf(Needed missing) {
    return switch (missing.resource) {
      case TOPIC -> "Topic " + topic;
      case GROUP -> "Group " + topic;
      case OWNER -> "TransactionalId twinlog." + link + ".";
      case STATE_TOPIC, EVERY_STATE_TOPIC -> "Topic twinlog." + link + ".state";
    };
  }

  /** A user of the link's name on both sides. */
  Replicator.Builder link() {
    return Replicator.builder()
        .link(link)
        .source(
            KafkaSource.from(Links.cluster("us-east", source.clientProperties(link)))
                .path(Links.path())
                .topics(TopicSelector.named(topic))
                .build())
        .sink(
            KafkaSink.to(Links.cluster("eu-west", target.clientProperties(link)))
                .path(Links.path())
                .build())
        .topicSync(
            TopicSync.defaults().configs(ConfigSync.defaults().interval(Duration.ofMillis(500))))
        .discoveryInterval(Duration.ofMillis(500))
        .groupSync(GroupSync.defaults().interval(Duration.ofMillis(200)));
  }

  void fillSource() {
    KafkaTopics.of(source).create(topic, 1, Map.of("retention.ms", "123456789"));
    KafkaTopics.of(source).sendNumbered(topic, 100);
  }

  void growSource(int partitions) throws Exception {
    try (Admin admin = source.admin()) {
      admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(partitions))).all().get();
    }
    await()
        .atMost(Links.LIMIT)
        .ignoreExceptions()
        .until(() -> KafkaTopics.of(source).ends(topic).size() == partitions);
  }

  static String retention(Admin admin, String topic) throws Exception {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    return admin
        .describeConfigs(List.of(resource))
        .all()
        .get()
        .get(resource)
        .get("retention.ms")
        .value();
  }

  void retentionOfTheSource(String value) throws Exception {
    AlterConfigOp set =
        new AlterConfigOp(new ConfigEntry("retention.ms", value), AlterConfigOp.OpType.SET);
    try (Admin admin = source.admin()) {
      ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
      admin.incrementalAlterConfigs(Map.of(resource, List.of(set))).all().get();
    }
  }

  String retention() throws Exception {
    try (Admin admin = target.admin()) {
      return retention(admin, topic);
    }
  }

  void allowAllBut(Needed missing) throws Exception {
    List<Needed> rest = new ArrayList<>(List.of(Needed.values()));
    rest.remove(missing);
    if (missing == Needed.TARGET_DESCRIBE_CONFIGS) {
      rest.remove(Needed.TARGET_ALTER_CONFIGS); // which includes it
    }
    allow(rest);
  }

  void allow(List<Needed> permissions) throws Exception {
    for (Side side : Side.values()) {
      create(
          side == Side.SOURCE ? source : target,
          permissions.stream()
              .filter(needed -> needed.side == side)
              .map(needed -> needed.binding(link, topic))
              .toList());
    }
  }

  /** Returns when the broker applies them. */
  static void create(EmbeddedKafka kafka, List<AclBinding> bindings) throws Exception {
    try (Admin admin = kafka.admin()) {
      admin.createAcls(bindings).all().get();
      await()
          .atMost(Links.LIMIT)
          .until(
              () -> admin.describeAcls(AclBindingFilter.ANY).values().get().containsAll(bindings));
    }
  }
}
