package dev.twinlog.internal.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.spi.GroupConfigStore.GroupConfigs;
import dev.twinlog.spi.GroupStore.Failure;
import dev.twinlog.spi.GroupStore.Refusal;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Tests what is changed of the configs of a share group. */
final class GroupConfigPlanTest {
  private static final String RESET = "share.auto.offset.reset";
  private static final String ISOLATION = "share.isolation.level";
  private static final String LOCK = "share.record.lock.duration.ms";

  private static GroupConfigs configs(Map<String, String> own) {
    return GroupConfigs.of(own, Set.of(RESET, LOCK));
  }

  @Test
  void whatDiffers_isSet_andWhatTheTargetDoesNotKnow_isNoted() {
    GroupConfigPlan plan =
        GroupConfigPlan.of(
            configs(Map.of(RESET, "earliest", LOCK, "20000", ISOLATION, "read_committed")),
            configs(Map.of(LOCK, "20000")),
            Map.of());
    assertThat(plan.changes()).isEqualTo(Map.of(RESET, Optional.of("earliest")));
    assertThat(plan.notes())
        .containsExactly("the target does not know share.isolation.level=read_committed");
  }

  @Test
  void whatTheSourceHasRemoved_isRemoved_onlyIfTheLinkHasSetIt() {
    GroupConfigs source = configs(Map.of());
    GroupConfigs target = configs(Map.of(RESET, "earliest", LOCK, "20000"));
    assertThat(GroupConfigPlan.of(source, target, Map.of()).changes()).isEmpty();
    assertThat(
            GroupConfigPlan.of(source, target, Map.of(RESET, "earliest", LOCK, "30000")).changes())
        .isEqualTo(Map.of(RESET, Optional.empty()));
  }

  @Test
  void configsThatCantBeRead_areLeft_andTheReasonIsNoted() {
    GroupConfigs denied =
        GroupConfigs.failed(new Failure(Refusal.DENIED, "missing permission on east"));
    GroupConfigs found = configs(Map.of(RESET, "earliest"));
    for (GroupConfigPlan plan :
        new GroupConfigPlan[] {
          GroupConfigPlan.of(denied, found, Map.of(RESET, "earliest")),
          GroupConfigPlan.of(found, denied, Map.of())
        }) {
      assertThat(plan.changes()).isEmpty();
      assertThat(plan.notes()).containsExactly("missing permission on east");
    }
  }
}
