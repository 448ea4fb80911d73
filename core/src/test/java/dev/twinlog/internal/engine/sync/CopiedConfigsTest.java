package dev.twinlog.internal.engine.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinlog.internal.engine.sync.CopiedConfigs.Outcome;
import dev.twinlog.spi.ConfigLedgerStore;
import dev.twinlog.spi.ConfigLedgerStore.Kind;
import dev.twinlog.spi.ConfigLedgerStore.Resource;
import dev.twinlog.spi.FencedException;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.SourcePartition;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Tests what is remembered of the configs that the link sets, and when. */
final class CopiedConfigsTest {
  private static final Resource ORDERS = new Resource(Kind.TOPIC, "orders");
  private static final Map<String, Map<String, Optional<String>>> SET =
      Map.of("orders", Map.of("retention.ms", Optional.of("5")));

  private final Stored stored = new Stored();
  private final CopiedConfigs configs = new CopiedConfigs(Optional.of(stored));

  /** What a state topic keeps. */
  private static final class Stored implements ConfigLedgerStore {
    final Map<Resource, Map<String, String>> saved = new HashMap<>();
    int saves;
    @Nullable RuntimeException failure;

    @Override
    public Map<Resource, Map<String, String>> takeConfigs() {
      return Map.copyOf(saved);
    }

    @Override
    public CompletionStage<Void> saveConfigs(Map<Resource, Map<String, String>> changed) {
      if (failure != null) {
        return CompletableFuture.failedStage(failure);
      }
      saves++;
      saved.putAll(changed);
      saved.values().removeIf(Map::isEmpty);
      return CompletableFuture.completedStage(null);
    }

    @Override
    public Map<SourcePartition, Progress> load() {
      return Map.of();
    }

    @Override
    public CompletionStage<Void> save(Collection<Progress> changed) {
      return CompletableFuture.completedStage(null);
    }

    @Override
    public void close() {}
  }

  private void change(Map<String, Map<String, Optional<String>>> changes, Outcome outcome) {
    configs.change(Kind.TOPIC, changes, () -> Map.of("orders", outcome));
  }

  @Test
  void whatIsSet_isSavedBefore_andKnownToTheNextOwner() {
    configs.change(
        Kind.TOPIC,
        SET,
        () -> {
          assertThat(stored.saved).containsEntry(ORDERS, Map.of("retention.ms", "5"));
          return Map.of("orders", Outcome.MADE);
        });
    assertThat(stored.saves).isEqualTo(1);
    CopiedConfigs next = new CopiedConfigs(Optional.of(stored));
    assertThat(next.of(Kind.TOPIC, "orders")).isEqualTo(Map.of("retention.ms", "5"));
    assertThat(next.of(Kind.SHARE_GROUP, "orders")).isEmpty();
  }

  @Test
  void whatIsRemoved_isKnownUntilItIs() {
    change(SET, Outcome.MADE);
    Map<String, Map<String, Optional<String>>> removal =
        Map.of("orders", Map.of("retention.ms", Optional.empty()));
    change(removal, Outcome.REFUSED);
    change(removal, Outcome.UNKNOWN);
    assertThat(stored.saved).containsEntry(ORDERS, Map.of("retention.ms", "5"));
    change(removal, Outcome.MADE);
    assertThat(stored.saved).isEmpty();
  }

  @Test
  void whatIsRefused_leavesWhatWasThereBefore() {
    change(SET, Outcome.MADE);
    Map<String, Map<String, Optional<String>>> other =
        Map.of("orders", Map.of("retention.ms", Optional.of("7"), "segment.ms", Optional.of("9")));
    change(other, Outcome.REFUSED);
    assertThat(stored.saved).containsEntry(ORDERS, Map.of("retention.ms", "5"));
    change(other, Outcome.UNKNOWN);
    assertThat(stored.saved).containsEntry(ORDERS, Map.of("retention.ms", "7", "segment.ms", "9"));
  }

  @Test
  void nothingIsChanged_thatCouldNotBeSaved() {
    for (RuntimeException failure :
        new RuntimeException[] {new RetriableException("no answer"), new FencedException("gone")}) {
      stored.failure = failure;
      assertThatThrownBy(
              () ->
                  configs.change(
                      Kind.TOPIC,
                      SET,
                      () -> {
                        throw new AssertionError("changed");
                      }))
          .isSameAs(failure);
      assertThat(configs.of(Kind.TOPIC, "orders")).isEmpty();
    }
  }

  @Test
  void whatIsKnownAlready_isNotSavedAgain() {
    change(SET, Outcome.MADE);
    configs.replace(Kind.TOPIC, Map.of("orders", Map.of("retention.ms", "5"), "bills", Map.of()));
    assertThat(stored.saves).isEqualTo(1);
    configs.replace(Kind.TOPIC, Map.of("orders", Map.of()));
    assertThat(stored.saved).isEmpty();
  }

  @Test
  void whatATopicWasCreatedWith_isSavedAtOnce_insteadOfWhatWasKnownOfAnEarlierOne() {
    change(SET, Outcome.MADE);
    configs.created(Map.of("orders", Map.of("segment.ms", "9"), "bills", Map.of()));
    assertThat(stored.saved).isEqualTo(Map.of(ORDERS, Map.of("segment.ms", "9")));
    assertThat(configs.of(Kind.TOPIC, "orders")).isEqualTo(Map.of("segment.ms", "9"));
    configs.created(Map.of("orders", Map.of()));
    assertThat(stored.saved).isEmpty();
    assertThat(configs.names(Kind.TOPIC)).isEmpty();
  }

  @Test
  void whatCouldNotBeSavedWhenATopicWasCreated_isSavedWithTheNextChange() {
    stored.failure = new RetriableException("no answer");
    configs.created(Map.of("orders", Map.of("segment.ms", "9")));
    assertThat(configs.of(Kind.TOPIC, "orders")).isEqualTo(Map.of("segment.ms", "9"));
    stored.failure = null;
    configs.replace(Kind.TOPIC, Map.of("orders", Map.of("segment.ms", "9")));
    assertThat(stored.saved).isEqualTo(Map.of(ORDERS, Map.of("segment.ms", "9")));
    configs.replace(Kind.TOPIC, Map.of());
    assertThat(stored.saves).isEqualTo(1);
  }
}
