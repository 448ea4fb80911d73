package dev.twinlog.internal.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.ConfigSync;
import dev.twinlog.spi.TopicConfigs;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** What is changed so that a target topic has the configs of its source topic. */
final class ConfigPlanTest {
  private static final Map<String, String> DEFAULTS =
      Map.of(
          "cleanup.policy", "delete",
          "compression.type", "producer",
          "leader.replication.throttled.replicas", "",
          "message.timestamp.type", "CreateTime",
          "min.insync.replicas", "1",
          "retention.ms", "604800000",
          "unclean.leader.election.enable", "false");

  private Map<String, String> before = Map.of();
  private Map<String, String> copied = Map.of();
  private OptionalInt factor = OptionalInt.empty();
  private ConfigSync sync = ConfigSync.defaults();

  private ConfigPlan plan(Map<String, String> source, Map<String, String> target) {
    return plan(configs(source), configs(target));
  }

  private ConfigPlan plan(TopicConfigs source, TopicConfigs target) {
    return ConfigPlan.of(
        new ConfigPlan.Topics("orders", "copy", source, target, before, copied, factor), sync);
  }

  private static TopicConfigs configs(Map<String, String> own) {
    Map<String, String> effective = new HashMap<>(DEFAULTS);
    effective.putAll(own);
    return TopicConfigs.of(own, effective);
  }

  @Test
  void whatDiffers_isSet_andWhatIsTheSame_isNot() {
    ConfigPlan plan =
        plan(
            Map.of("retention.ms", "5", "cleanup.policy", "compact,delete"),
            Map.of("cleanup.policy", "compact, delete"));
    assertThat(plan.changes()).isEqualTo(Map.of("retention.ms", Optional.of("5")));
    assertThat(plan.notes()).isEmpty();
  }

  @Test
  void anotherValueOfTheTarget_isReplaced() {
    assertThat(plan(Map.of("retention.ms", "5"), Map.of("retention.ms", "7")).changes())
        .isEqualTo(Map.of("retention.ms", Optional.of("5")));
  }

  @Test
  void theSourcesOwnConfigs_areNeverCopied_andNoted() {
    ConfigPlan plan =
        plan(
            Map.of(
                "compression.type", "gzip",
                "leader.replication.throttled.replicas", "*",
                "local.retention.ms", "5",
                "message.timestamp.type", "LogAppendTime",
                "unclean.leader.election.enable", "true"),
            Map.of("compression.type", "zstd"));
    assertThat(plan.changes()).isEmpty();
    assertThat(plan.notes())
        .containsExactly(
            "not copied: leader.replication.throttled.replicas=*",
            "not copied: local.retention.ms=5",
            "not copied: message.timestamp.type=LogAppendTime",
            "not copied: unclean.leader.election.enable=true");
  }

  @Test
  void aConfigThatTheTargetDoesNotKnow_isLeftOut_andNoted() {
    ConfigPlan plan = plan(Map.of("from.the.future", "1", "retention.ms", "5"), Map.of());
    assertThat(plan.changes()).containsOnlyKeys("retention.ms");
    assertThat(plan.notes())
        .containsExactly("not copied: from.the.future=1, which the target does not know");
  }

  @Test
  void whatOnlyTheTargetHas_isKept_andNoted() {
    ConfigPlan plan = plan(Map.of(), Map.of("retention.ms", "7", "compression.type", "gzip"));
    assertThat(plan.changes()).isEmpty();
    assertThat(plan.notes())
        .containsExactly("kept: retention.ms=7, which is set on the target topic only");
  }

  @Test
  void aCopyOfWhatTheSourceHadBefore_isRemoved() {
    before = Map.of("retention.ms", "7");
    ConfigPlan plan = plan(Map.of(), Map.of("retention.ms", "7"));
    assertThat(plan.changes()).isEqualTo(Map.of("retention.ms", Optional.empty()));
    assertThat(plan.notes()).isEmpty();
  }

  @Test
  void whatSomebodyHasChangedAtTheTargetSince_isKept() {
    before = Map.of("retention.ms", "7");
    ConfigPlan plan = plan(Map.of(), Map.of("retention.ms", "8"));
    assertThat(plan.changes()).isEmpty();
    assertThat(plan.notes()).hasSize(1);
  }

  @Test
  void overwriting_givesTheTargetTheConfigsWithWhichItWouldBeCreated() {
    sync = sync.overwriting(true);
    ConfigPlan plan =
        plan(
            Map.of("cleanup.policy", "compact"),
            Map.of(
                "retention.ms", "7",
                "compression.type", "gzip",
                "leader.replication.throttled.replicas", "*"));
    assertThat(plan.changes())
        .isEqualTo(
            Map.of(
                "cleanup.policy", Optional.of("compact"),
                "compression.type", Optional.of("producer"),
                "message.timestamp.type", Optional.of("CreateTime"),
                "retention.ms", Optional.empty()));
    assertThat(plan.notes()).isEmpty();
  }

  @Test
  void whatIsNotIncluded_orExcluded_isNotTouched() {
    sync = sync.overwriting(true).including("retention\\..*", "cleanup.*").excluding(".*policy");
    ConfigPlan plan =
        plan(
            Map.of("retention.ms", "5", "cleanup.policy", "compact", "min.insync.replicas", "2"),
            Map.of("compression.type", "gzip"));
    assertThat(plan.changes()).isEqualTo(Map.of("retention.ms", Optional.of("5")));
    assertThat(plan.notes()).isEmpty();
  }

  @Test
  void minIsr_isCappedByTheReplicationFactor_andLeftAloneWhereThatIsUnknown() {
    Map<String, String> source = Map.of("min.insync.replicas", "2");
    assertThat(plan(source, Map.of()).changes()).isEmpty();
    factor = OptionalInt.of(1);
    assertThat(plan(source, Map.of()).changes())
        .isEqualTo(Map.of("min.insync.replicas", Optional.of("1")));
    ConfigPlan same = plan(source, Map.of("min.insync.replicas", "1"));
    assertThat(same.changes()).isEmpty();
    assertThat(same.notes())
        .containsExactly(
            "min.insync.replicas is 1, at the source 2: capped by the replication factor");
  }

  @Test
  void theReplicationFactor_mattersOnlyWhereMinIsrDiffers() {
    TopicConfigs two = configs(Map.of("min.insync.replicas", "2"));
    assertThat(ConfigPlan.needsReplicationFactor(two, configs(Map.of()), sync)).isTrue();
    assertThat(ConfigPlan.needsReplicationFactor(two, two, sync)).isFalse();
    assertThat(ConfigPlan.needsReplicationFactor(configs(Map.of()), two, sync)).isFalse();
    ConfigSync without = sync.excluding("min\\..*");
    assertThat(ConfigPlan.needsReplicationFactor(two, configs(Map.of()), without)).isFalse();
  }

  @Test
  void whereConfigsMayNotBeDescribed_thatIsNoted() {
    TopicConfigs visible = configs(Map.of("retention.ms", "5"));
    assertThat(plan(TopicConfigs.hidden(), visible).notes())
        .singleElement()
        .asString()
        .contains("the source's configs can't be seen", "DESCRIBE_CONFIGS on Topic orders");
    ConfigPlan hidden = plan(visible, TopicConfigs.hidden());
    assertThat(hidden.changes()).isEmpty();
    assertThat(hidden.notes())
        .singleElement()
        .asString()
        .contains("can't be seen", "DESCRIBE_CONFIGS on Topic copy");
  }

  // What the link has set.

  private Optional<Map<String, String>> ours(
      Map<String, String> source, Map<String, String> target) {
    return new ConfigPlan.Topics(
            "orders", "copy", configs(source), configs(target), before, copied, factor)
        .ours();
  }

  @Test
  void whatTheLinkHasSet_isRemovedWithItsSource_unlessOthersHaveReplacedIt() {
    copied = Map.of("retention.ms", "5", "cleanup.policy", "compact,delete");
    assertThat(
            plan(Map.of(), Map.of("retention.ms", "5", "cleanup.policy", "compact, delete"))
                .changes())
        .isEqualTo(Map.of("retention.ms", Optional.empty(), "cleanup.policy", Optional.empty()));
    ConfigPlan replaced = plan(Map.of(), Map.of("retention.ms", "7"));
    assertThat(replaced.changes()).isEmpty();
    assertThat(replaced.notes())
        .containsExactly("kept: retention.ms=7, which is set on the target topic only");
  }

  @Test
  void whatOthersHaveReplaced_isNoLongerTheLinks_onceTheSourceHasItNoMore() {
    copied = Map.of("retention.ms", "5");
    assertThat(ours(Map.of("retention.ms", "5"), Map.of("retention.ms", "7"))).contains(copied);
    assertThat(ours(Map.of(), Map.of("retention.ms", "5"))).contains(copied);
    assertThat(ours(Map.of(), Map.of("retention.ms", "7"))).contains(Map.of());
    assertThat(ours(Map.of(), Map.of())).contains(Map.of());
  }

  @Test
  void ofConfigsThatMayNotBeSeen_nothingIsForgotten() {
    copied = Map.of("retention.ms", "5");
    assertThat(
            new ConfigPlan.Topics(
                    "orders",
                    "copy",
                    TopicConfigs.hidden(),
                    configs(Map.of()),
                    before,
                    copied,
                    factor)
                .ours())
        .isEmpty();
  }
}
