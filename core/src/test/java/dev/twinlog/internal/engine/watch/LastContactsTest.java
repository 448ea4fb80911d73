package dev.twinlog.internal.engine.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import dev.twinlog.internal.engine.shared.Link;
import dev.twinlog.internal.engine.shared.PartitionFigures;
import dev.twinlog.internal.progress.MoveEntries;
import dev.twinlog.spi.EntryStore;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.StoredEntry;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** When the ends of the source are saved. */
final class LastContactsTest {
  private static final TopicPartition ORDERS = new TopicPartition("orders", 0);

  private final Link link = mock(Link.class);
  private final EntryStore store = mock(EntryStore.class);
  private final PartitionFigures orders =
      new PartitionFigures(ORDERS, Clock.systemUTC(), (from, to, reason) -> {});
  private final List<Long> saved = new ArrayList<>();
  private final LastContacts contacts = new LastContacts(link, store);
  private boolean isBroken;

  @BeforeEach
  void prepare() {
    when(link.allFigures()).thenReturn(Map.of(ORDERS, orders));
    when(store.saveEntries(any())).thenAnswer(call -> save(call.getArgument(0)));
  }

  private CompletableFuture<Void> save(Collection<StoredEntry> entries) {
    if (isBroken) {
      return CompletableFuture.failedFuture(new RetriableException("not now"));
    }
    saved.add(MoveEntries.contacts(entries).get(ORDERS).end());
    return CompletableFuture.completedFuture(null);
  }

  private void saveAt(int second) {
    contacts.save(Duration.ofSeconds(second).toNanos());
  }

  @Test
  void anEndIsSavedOnceItIsKnown_thenWhenItChanges_andEveryHalfMinute() {
    saveAt(0);
    assertThat(saved).as("nothing is known").isEmpty();
    orders.endReported(1, 20);
    saveAt(1);
    saveAt(2);
    assertThat(saved).containsExactly(20L);
    orders.endReported(2, 21);
    saveAt(5);
    assertThat(saved).containsExactly(20L);
    saveAt(6);
    assertThat(saved).containsExactly(20L, 21L);
    saveAt(35);
    assertThat(saved).containsExactly(20L, 21L);
    saveAt(36);
    assertThat(saved).containsExactly(20L, 21L, 21L);
  }

  @Test
  void anEndWhoseSaveFails_isSavedASecondLater() {
    orders.endReported(1, 20);
    isBroken = true;
    saveAt(1);
    isBroken = false;
    saveAt(2);
    saveAt(3);
    assertThat(saved).containsExactly(20L);
  }
}
