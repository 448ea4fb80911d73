package dev.twinlog.internal.progress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinlog.internal.progress.MovedGroup.Position;
import dev.twinlog.internal.progress.Seam.Contact;
import dev.twinlog.spi.AclEntry;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.StoredEntry;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** Tests the stored form of moves, and of the last contact with the source. */
final class MoveEntriesTest {
  private static final TopicPartition ORDERS = new TopicPartition("orders/eu", 3);
  private static final TopicPartition COPY = new TopicPartition("us.orders", 3);
  private static final MoveHeader HEADER =
      new MoveHeader(new UUID(0x11, 0x22), "failover", "anna@host/7", 1_000, 2_000);
  private static final Seam SEAM =
      new Seam(
          true, "why", 258, Map.of(COPY, 300L), Map.of(COPY, 7L), new Contact(270, 900, 800, 11));
  private static final MovedGroup GROUP =
      new MovedGroup(
          "PARTIAL",
          "not all",
          List.of(new Position(ORDERS, 260, Map.of(COPY, 302L), 2, "of them")));

  private static final MovePhase PHASE = new MovePhase("CUT", 7);
  private static final MovedTopics SOME =
      new MovedTopics(HEADER, 7, Set.of("payments", "orders/eu"));
  private static final MovedAcl ACL =
      new MovedAcl(
          true,
          new AclEntry(
              AclEntry.Kind.TOPIC,
              AclEntry.Pattern.LITERAL,
              "orders",
              "User:*",
              "*",
              "WRITE",
              AclEntry.Permission.DENY));

  private static void assertForm(String name, StoredEntry entry, Object read) {
    assertForm(GoldenFile.of("0.2/" + name), entry, read);
  }

  private static void assertForm(GoldenFile file, StoredEntry entry, Object read) {
    file.isWritten(entry.bytes());
    for (byte[] stored : List.of(file.bytes(), file.grown())) {
      assertThat(read(new StoredEntry(entry.key(), entry.required(), stored))).contains(read);
    }
    StoredEntry raised = new StoredEntry(entry.key(), entry.required(), file.raised(0));
    if (entry.required()) {
      assertThatThrownBy(() -> MoveEntries.move(List.of(raised)))
          .isInstanceOf(LinkFailedException.class)
          .hasMessageContaining("it needs Twinlog 7.3 or newer");
    } else {
      assertThat(MoveEntries.contacts(List.of(raised))).isEmpty();
    }
  }

  private static List<Object> read(StoredEntry entry) {
    MoveEntries.Stored stored = MoveEntries.move(List.of(entry));
    return List.of(
        stored.header(),
        stored.phase(),
        stored.seams(),
        stored.groups(),
        stored.acls(),
        stored.some(),
        MoveEntries.contacts(List.of(entry)));
  }

  @Test
  void entries_areWrittenAsEver_andThoseOfEveryVersionAreRead() {
    assertForm("move", MoveEntries.of(HEADER), Optional.of(HEADER));
    assertForm(
        GoldenFile.of("0.3/move-partition"), MoveEntries.of(ORDERS, SEAM), Map.of(ORDERS, SEAM));
    assertForm("move-group", MoveEntries.of("a/b", GROUP), Map.of("a/b", GROUP));
    assertForm("move-phase", MoveEntries.of(PHASE), Optional.of(PHASE));
    assertForm("move-acl", MoveEntries.ofAcls(List.of(ACL)).get(0), List.of(ACL));
    assertForm("move-done", MoveEntries.ofDone(SOME).get(0), List.of(SOME));
    assertForm(
        GoldenFile.of("0.3/contact"),
        MoveEntries.ofTopic("orders/eu", Map.of(3, SEAM.last())),
        Map.of(ORDERS, SEAM.last()));
  }

  @Test
  void entriesOfBeforeItWasKnownWhatMayFollow_areRead() {
    Contact before = new Contact(270, 900, 800);
    StoredEntry seam = MoveEntries.of(ORDERS, SEAM);
    StoredEntry old = stored(seam, GoldenFile.of("0.2/move-partition"));
    Seam read = MoveEntries.move(List.of(old)).seams().get(ORDERS);
    assertThat(read.last()).isEqualTo(before);
    assertThat(read.lostEstimate()).isEqualTo(Seam.UNKNOWN);
    StoredEntry contact = MoveEntries.ofTopic("orders/eu", Map.of(3, SEAM.last()));
    assertThat(MoveEntries.contacts(List.of(stored(contact, GoldenFile.of("0.2/contact")))))
        .containsExactly(Map.entry(ORDERS, before));
  }

  @Test
  void anEstimateOfWhatIsLost_hasWhatMayFollowTheLastContact() {
    Seam seam = new Seam(true, "", 258, Map.of(COPY, 300L), Map.of(COPY, 7L), SEAM.last());
    assertThat(seam.lostAtMost()).isEqualTo(270 - 258 - 7);
    assertThat(seam.lostEstimate()).isEqualTo(270 + 11 - 258 - 7);
    Seam further = new Seam(true, "", 275, Map.of(COPY, 300L), Map.of(), SEAM.last());
    assertThat(further.lostAtMost()).isZero();
    assertThat(further.lostEstimate()).as("what was copied since is not lost").isEqualTo(6);
  }

  @Test
  void whatSeveralTargetsHold_mayHaveComeAfterTheContact_andIsNotSubtracted() {
    TopicPartition other = new TopicPartition("us.orders", 4);
    Seam seam =
        new Seam(true, "", 258, Map.of(COPY, 300L, other, 9L), Map.of(other, 7L), SEAM.last());
    assertThat(seam.lostAtMost()).isEqualTo(270 - 258);
    assertThat(seam.lostEstimate()).isEqualTo(270 + 11 - 258 - 7);
  }

  private static StoredEntry stored(StoredEntry entry, GoldenFile file) {
    return new StoredEntry(entry.key(), entry.required(), file.bytes());
  }

  @Test
  void aMoveThatWasTakenBack_isWrittenAsEver_andOneOfANewerVersionIsIgnored() {
    AbortedMove aborted = new AbortedMove(HEADER, "no answer");
    GoldenFile file = GoldenFile.of("0.2/move-aborted");
    StoredEntry entry = MoveEntries.of(aborted);
    file.isWritten(entry.bytes());
    assertThat(entry.required()).isFalse();
    for (byte[] stored : List.of(file.bytes(), file.grown())) {
      assertThat(MoveEntries.aborted(List.of(new StoredEntry(entry.key(), false, stored))))
          .contains(aborted);
    }
    assertThat(MoveEntries.aborted(List.of(new StoredEntry(entry.key(), false, file.raised(0)))))
        .isEmpty();
  }

  @Test
  void aLinkThatForgetsItsMove_keepsItsContacts() {
    StoredEntry contact = MoveEntries.ofTopic("orders", Map.of(3, SEAM.last()));
    List<StoredEntry> all =
        List.of(
            MoveEntries.of(HEADER),
            MoveEntries.of(ORDERS, SEAM),
            MoveEntries.of("a/b", GROUP),
            MoveEntries.of(PHASE),
            MoveEntries.ofAcls(List.of(ACL)).get(0),
            contact,
            MoveEntries.ofDone(SOME).get(0),
            MoveEntries.of(new TopicPartition("others", 1), SEAM));
    assertThat(MoveEntries.withoutMove(all))
        .allMatch(StoredEntry::isRemoved)
        .extracting(StoredEntry::key)
        .containsExactly(
            "move",
            "move/partition/3/orders/eu",
            "move/group/a/b",
            "move/phase",
            "move/acl/0",
            "move/done/" + HEADER.id(),
            "move/partition/1/others");
    assertThat(MoveEntries.withoutMoveButAcls(all))
        .extracting(StoredEntry::key)
        .containsExactly(
            "move",
            "move/partition/3/orders/eu",
            "move/group/a/b",
            "move/phase",
            "move/done/" + HEADER.id(),
            "move/partition/1/others");
    assertThat(MoveEntries.withoutUnfinished(all))
        .as("orders/eu was moved before, by another move")
        .extracting(StoredEntry::key)
        .containsExactly("move", "move/group/a/b", "move/phase", "move/partition/1/others");
    assertThat(MoveEntries.withoutAcls(all))
        .extracting(StoredEntry::key)
        .containsExactly("move/acl/0");
  }

  @Test
  void aDamagedEntry_isRefused() {
    for (String key :
        List.of(
            "move",
            "move/partition/0/t",
            "move/group/g",
            "move/phase",
            "move/acl/0",
            "move/done/7")) {
      assertThatThrownBy(
              () -> MoveEntries.move(List.of(new StoredEntry(key, true, new byte[] {1, 9}))))
          .isInstanceOf(LinkFailedException.class)
          .hasMessageContaining("damaged");
    }
    StoredEntry noNumber = new StoredEntry("move/partition/x/t", true, new byte[] {1});
    assertThatThrownBy(() -> MoveEntries.move(List.of(noNumber)))
        .isInstanceOf(LinkFailedException.class)
        .hasMessageContaining("damaged");
  }

  @Test
  void whatIsLost_isNeverLessThanWhatIsNotHeld_andUnknownWithoutAnEnd() {
    assertThat(new Seam(true, "", 258, Map.of(), SEAM.held(), SEAM.last()).lostAtMost())
        .isEqualTo(270 - 258 - 7);
    assertThat(SEAM.lostAtMost()).as("something is wrong").isEqualTo(Seam.UNKNOWN);
    assertThat(new Seam(true, "", 300, Map.of(), Map.of(), SEAM.last()).lostAtMost()).isZero();
    assertThat(new Seam(true, "", 0, Map.of(), Map.of(), Contact.NONE).lostAtMost())
        .isEqualTo(Seam.UNKNOWN);
  }
}
