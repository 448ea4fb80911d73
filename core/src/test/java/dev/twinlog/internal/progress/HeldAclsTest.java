package dev.twinlog.internal.progress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinlog.spi.AclEntry;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.StoredEntry;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Tests the stored entries of ACLs that are held back against their golden file. */
final class HeldAclsTest {
  private static final Map<AclEntry, AclEntry> HELD = Map.of(acl("us.orders"), acl("orders"));

  private static AclEntry acl(String topic) {
    return new AclEntry(
        AclEntry.Kind.TOPIC,
        AclEntry.Pattern.LITERAL,
        topic,
        "User:alice",
        "*",
        "WRITE",
        AclEntry.Permission.ALLOW);
  }

  @Test
  void entries_areWrittenAsEver_andThoseOfEveryVersionAreRead() {
    GoldenFile file = GoldenFile.of("0.2/held-acl");
    StoredEntry entry = HeldAcls.replacing(Set.of(), HELD).get(0);
    file.isWritten(entry.bytes());
    assertThat(entry.required()).as("an older version releases nothing").isFalse();
    for (byte[] stored : List.of(file.bytes(), file.grown())) {
      assertThat(HeldAcls.read(List.of(new StoredEntry(entry.key(), false, stored))))
          .isEqualTo(HELD);
    }
    StoredEntry raised = new StoredEntry(entry.key(), false, file.raised(0));
    assertThatThrownBy(() -> HeldAcls.read(List.of(raised)))
        .isInstanceOf(LinkFailedException.class)
        .hasMessageContaining("it needs Twinlog 7.3 or newer");
    StoredEntry damaged = new StoredEntry(entry.key(), false, new byte[] {1, 9});
    assertThatThrownBy(() -> HeldAcls.read(List.of(damaged)))
        .isInstanceOf(LinkFailedException.class)
        .hasMessageContaining("damaged");
  }

  @Test
  void manyOfThem_areSeveralEntries_andThoseThatAreNotNeededAnyMoreAreRemoved() {
    Map<AclEntry, AclEntry> many = new HashMap<>();
    for (int i = 0; i < 2_500; i++) {
      many.put(acl("us.orders-" + i), acl("orders-" + i));
    }
    List<StoredEntry> entries = HeldAcls.replacing(Set.of(), many);
    assertThat(entries)
        .extracting(StoredEntry::key)
        .containsExactly("held/acl/0", "held/acl/1", "held/acl/2");
    assertThat(HeldAcls.read(entries)).isEqualTo(many);
    List<StoredEntry> fewer =
        HeldAcls.replacing(Set.of("held/acl/0", "held/acl/1", "held/acl/2"), HELD);
    assertThat(fewer)
        .filteredOn(StoredEntry::isRemoved)
        .extracting(StoredEntry::key)
        .containsExactlyInAnyOrder("held/acl/1", "held/acl/2");
    assertThat(MoveEntries.withoutMove(fewer)).as("they stay when a move is forgotten").isEmpty();
  }
}
