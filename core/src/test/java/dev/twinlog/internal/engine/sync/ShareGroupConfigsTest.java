package dev.twinlog.internal.engine.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinlog.spi.GroupConfigStore;
import dev.twinlog.spi.GroupStore.Failure;
import dev.twinlog.spi.GroupStore.Refusal;
import dev.twinlog.spi.RetriableException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tests how the configs of share groups follow. */
final class ShareGroupConfigsTest {
  private static final String RESET = "share.auto.offset.reset";
  private static final String LOCK = "share.record.lock.duration.ms";

  private final Configs source = new Configs();
  private final Configs target = new Configs();
  private final ShareGroupConfigs configs =
      new ShareGroupConfigs(source, target, new CopiedConfigs(Optional.empty()));

  /** The configs of groups, all of whose changes are made, or none. */
  private static final class Configs implements GroupConfigStore {
    final Map<String, String> own = new TreeMap<>();
    final Map<String, Failure> refused = new HashMap<>();
    final List<String> asked = new ArrayList<>();

    @Override
    public Map<String, GroupConfigs> groupConfigs(Collection<String> groups) {
      Map<String, GroupConfigs> found = new HashMap<>();
      groups.forEach(group -> found.put(group, GroupConfigs.of(own, Set.of(RESET, LOCK))));
      return found;
    }

    @Override
    public Map<String, Optional<Failure>> alterGroupConfigs(
        Map<String, Map<String, Optional<String>>> changes) {
      Map<String, Optional<Failure>> answers = new HashMap<>();
      changes.forEach(
          (group, wanted) -> {
            asked.add(new TreeMap<>(wanted).toString());
            Optional<Failure> failure =
                wanted.keySet().stream().filter(refused::containsKey).map(refused::get).findFirst();
            answers.put(group, failure);
            if (failure.isEmpty()) {
              wanted.forEach(
                  (name, value) ->
                      value.ifPresentOrElse(set -> own.put(name, set), () -> own.remove(name)));
            }
          });
      return answers;
    }
  }

  @BeforeEach
  void set() {
    source.own.putAll(Map.of(RESET, "earliest", LOCK, "20000"));
  }

  private Map<String, String> sync() {
    return configs.sync(List.of("g"), () -> true);
  }

  @Test
  void whatIsSet_changedAndRemoved_follows_andNothingIsAskedWhenNothingDiffers() {
    assertThat(sync()).isEmpty();
    assertThat(target.own).isEqualTo(source.own);
    sync();
    assertThat(target.asked).hasSize(1);
    source.own.put(LOCK, "30000");
    source.own.remove(RESET);
    sync();
    assertThat(target.own).isEqualTo(Map.of(LOCK, "30000"));
  }

  @Test
  void whatOthersHaveSet_isNotRemoved() {
    sync();
    target.own.put(RESET, "latest");
    source.own.remove(RESET);
    sync();
    assertThat(target.own).containsEntry(RESET, "latest");
    target.own.put(RESET, "earliest"); // as the link had it, but by others
    sync();
    assertThat(target.own).containsEntry(RESET, "earliest");
  }

  @Test
  void oneThatIsRefused_isNoted_andDoesNotHoldUpTheOthers() {
    target.refused.put(LOCK, new Failure(Refusal.UNAVAILABLE, "west answered: too long"));
    assertThat(sync())
        .isEqualTo(
            Map.of(
                "g",
                "its configs are not the same: share.record.lock.duration.ms: west answered: too long"));
    assertThat(target.own).isEqualTo(Map.of(RESET, "earliest"));
    target.refused.clear();
    assertThat(sync()).isEmpty();
    assertThat(target.own).isEqualTo(source.own);
  }

  @Test
  void aMissingPermission_isAskedForOnce() {
    Failure denied = new Failure(Refusal.DENIED, "missing permission");
    target.refused.putAll(Map.of(RESET, denied, LOCK, denied));
    assertThat(sync().get("g"))
        .isEqualTo(
            "its configs are not the same: share.auto.offset.reset, share.record.lock.duration.ms: missing permission");
    assertThat(target.asked).hasSize(1);
  }

  @Test
  void ofADeletedGroup_whatTheLinkHasSetIsRemoved_andNothingElse() {
    sync();
    target.own.put(LOCK, "77777"); // by others
    assertThat(configs.remove(List.of("g", "unknown"))).isEmpty();
    assertThat(target.own).isEqualTo(Map.of(LOCK, "77777"));
    configs.forget(List.of("g"));
    int asked = target.asked.size();
    target.own.put(RESET, "earliest");
    assertThat(configs.remove(List.of("g"))).isEmpty();
    assertThat(target.asked).hasSize(asked);
  }

  @Test
  void ofADeletedGroup_whatIsRefusedIsNamed_andTriedAgain() {
    sync();
    target.refused.put(LOCK, new Failure(Refusal.UNAVAILABLE, "west answered: no"));
    assertThat(configs.remove(List.of("g")))
        .isEqualTo(
            Map.of(
                "g",
                "it is deleted, but configs of it are left: share.record.lock.duration.ms: west answered: no"));
    assertThat(target.own).isEqualTo(Map.of(LOCK, "20000"));
    target.refused.clear();
    assertThat(configs.remove(List.of("g"))).isEmpty();
    assertThat(target.own).isEmpty();
  }

  @Test
  void nothingIsChanged_withoutTheLease_orByAPlan() {
    assertThat(configs.compare(List.of("g")).get("g").plan().changes()).hasSize(2);
    assertThatThrownBy(() -> configs.sync(List.of("g"), () -> false))
        .isInstanceOf(RetriableException.class);
    assertThat(target.own).isEmpty();
  }
}
