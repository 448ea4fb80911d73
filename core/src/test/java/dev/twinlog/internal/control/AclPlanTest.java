package dev.twinlog.internal.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.AclSync;
import dev.twinlog.spi.AclEntry;
import dev.twinlog.spi.AclEntry.Kind;
import dev.twinlog.spi.AclEntry.Pattern;
import dev.twinlog.spi.AclEntry.Permission;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Tests which ACLs of the target follow from those of the source. */
final class AclPlanTest {
  private static final Map<String, String> PREFIXED =
      Map.of("orders", "us.orders", "ordinals", "us.ordinals");
  private static final Map<String, String> SAME = Map.of("orders", "orders");

  private final Set<AclEntry> source = new HashSet<>();
  private final Set<AclEntry> target = new HashSet<>();
  private final Map<AclEntry, AclEntry> created = new HashMap<>();

  private static AclEntry topic(Pattern pattern, String name, String operation) {
    return new AclEntry(Kind.TOPIC, pattern, name, "User:alice", "*", operation, Permission.ALLOW);
  }

  private static AclEntry literal(String name, String operation) {
    return topic(Pattern.LITERAL, name, operation);
  }

  private static AclEntry prefix(String name, String operation) {
    return topic(Pattern.PREFIXED, name, operation);
  }

  private static AclEntry group(String name) {
    return new AclEntry(
        Kind.GROUP, Pattern.LITERAL, name, "User:alice", "*", "READ", Permission.ALLOW);
  }

  private static AclEntry deny(AclEntry entry) {
    return new AclEntry(
        entry.kind(),
        entry.pattern(),
        entry.name(),
        entry.principal(),
        entry.host(),
        entry.operation(),
        Permission.DENY);
  }

  private AclPlan plan(Map<String, String> topics, AclSync sync) {
    return AclPlan.of(new AclPlan.Sides(source, target, created, topics), sync);
  }

  private AclPlan plan(Map<String, String> topics) {
    return plan(topics, AclSync.topics());
  }

  @Test
  void anEntryOfACopiedTopic_isThatOfItsCopy() {
    source.add(literal("orders", "READ"));
    source.add(deny(literal("orders", "DESCRIBE")));
    source.add(literal("other", "READ"));
    assertThat(plan(PREFIXED).create())
        .containsOnly(
            Map.entry(literal("us.orders", "READ"), literal("orders", "READ")),
            Map.entry(deny(literal("us.orders", "DESCRIBE")), deny(literal("orders", "DESCRIBE"))));
  }

  @Test
  void whatIsThere_isNotCreated() {
    source.add(literal("orders", "READ"));
    target.add(literal("us.orders", "READ"));
    assertThat(plan(PREFIXED).isEmpty()).isTrue();
  }

  @Test
  void aPrefixOfCopiedTopics_isThatOfTheirCopies() {
    source.add(prefix("ord", "READ"));
    source.add(prefix("pay", "READ"));
    assertThat(plan(PREFIXED).create().keySet()).containsExactly(prefix("us.ord", "READ"));
    assertThat(plan(SAME).create().keySet()).containsExactly(prefix("ord", "READ"));
  }

  @Test
  void aPrefixThatTheCopiesDoNotKeep_isOneEntryForEachCopy() {
    source.add(prefix("ord", "READ"));
    assertThat(plan(Map.of("orders", "a", "ordinals", "us.ordinals", "x", "y")).create().keySet())
        .containsExactly(literal("a", "READ"), literal("us.ordinals", "READ"));
    assertThat(plan(Map.of("orders", "a.orders", "ordinals", "b.ordinals")).create().keySet())
        .containsExactly(literal("a.orders", "READ"), literal("b.ordinals", "READ"));
    source.clear();
    source.add(prefix("orders", "READ"));
    assertThat(plan(Map.of("orders", "orders.copy")).create().keySet())
        .containsExactly(prefix("orders.copy", "READ"));
  }

  @Test
  void anEntryOfAllTopics_isOneForEachCopyAndGivesNothingElse() {
    source.add(literal("*", "READ"));
    assertThat(plan(PREFIXED).create().keySet())
        .containsExactly(literal("us.orders", "READ"), literal("us.ordinals", "READ"));
    assertThat(plan(Map.of()).create()).isEmpty();
  }

  @Test
  void whatChangesATopic_isHeldBack_alsoInAll() {
    for (String operation : List.of("WRITE", "CREATE", "DELETE", "ALTER", "ALTER_CONFIGS")) {
      source.add(literal("orders", operation));
      source.add(deny(literal("orders", operation)));
    }
    assertThat(plan(SAME).isEmpty()).isTrue();
    assertThat(plan(SAME).heldBack().keySet()).isEqualTo(source);
    AclEntry all = literal("orders", "ALL");
    source.clear();
    source.add(all);
    AclPlan plan = plan(SAME);
    assertThat(plan.create())
        .containsOnly(
            Map.entry(literal("orders", "READ"), all),
            Map.entry(literal("orders", "DESCRIBE"), all),
            Map.entry(literal("orders", "DESCRIBE_CONFIGS"), all));
    assertThat(plan.heldBack()).containsExactly(Map.entry(all, all));
  }

  @Test
  void whatIsHeldBack_andIsThere_isLeftOut_unlessTheLinkDeletesIt() {
    AclEntry write = literal("us.orders", "WRITE");
    source.add(literal("orders", "WRITE"));
    target.add(write);
    assertThat(plan(PREFIXED).heldBack()).isEmpty();
    created.put(write, literal("orders", "WRITE"));
    assertThat(plan(PREFIXED).delete()).as("released by a move before").containsExactly(write);
    assertThat(plan(PREFIXED).heldBack())
        .containsExactly(Map.entry(write, literal("orders", "WRITE")));
  }

  @Test
  void writes_areCopiedOnDemand() {
    source.add(literal("orders", "WRITE"));
    source.add(literal("orders", "ALL"));
    AclPlan plan = plan(SAME, AclSync.topics().writes(AclSync.Writes.COPY));
    assertThat(plan.create().keySet()).isEqualTo(source);
    assertThat(plan.heldBack()).isEmpty();
  }

  @Test
  void groups_areCopiedOnDemand_underTheirNames() {
    source.add(group("g"));
    source.add(group("*"));
    assertThat(plan(PREFIXED).create()).isEmpty();
    assertThat(plan(PREFIXED, AclSync.topicsAndGroups()).create().keySet()).isEqualTo(source);
  }

  @Test
  void principals_areMapped_orLeftOut() {
    source.add(literal("orders", "READ"));
    source.add(literal("orders", "READ").withPrincipal("User:internal"));
    source.add(literal("orders", "READ").withPrincipal("User:broken"));
    AclPlan plan =
        plan(
            SAME,
            AclSync.topics()
                .mapPrincipal(
                    name ->
                        switch (name) {
                          case "User:internal" -> "";
                          case "User:broken" -> throw new IllegalStateException("no such user");
                          default -> name + "@us";
                        }));
    assertThat(plan.create().keySet())
        .containsExactly(literal("orders", "READ").withPrincipal("User:alice@us"));
    assertThat(plan.notes())
        .singleElement()
        .asString()
        .contains("User:broken", "no such user", "(1 ACLs)");
  }

  @Test
  void whatTheLinkHasCreated_isDeletedWhenItsSourceIsGone() {
    target.add(literal("us.orders", "READ"));
    target.add(literal("us.orders", "DESCRIBE"));
    created.put(literal("us.orders", "READ"), literal("orders", "READ"));
    assertThat(plan(PREFIXED).delete()).containsExactly(literal("us.orders", "READ"));
    assertThat(plan(PREFIXED, AclSync.topics().deleting(false)).isEmpty()).isTrue();
    target.remove(literal("us.orders", "READ"));
    assertThat(plan(PREFIXED).delete()).isEmpty();
    assertThat(plan(PREFIXED).remember())
        .containsExactly(Map.entry(literal("us.orders", "READ"), Optional.empty()));
  }

  @Test
  void aTopicThatIsNotFoundNow_changesNothing() {
    source.add(literal("orders", "READ"));
    source.add(prefix("ord", "READ"));
    source.add(literal("*", "DESCRIBE"));
    plan(PREFIXED).create().forEach(created::put);
    target.addAll(created.keySet());
    assertThat(created).hasSize(4);
    assertThat(plan(Map.of()).isEmpty()).isTrue();
    assertThat(plan(Map.of("else", "us.else")).delete()).isEmpty();
  }

  @Test
  void whatIsNoLongerToBeCopied_isDeleted() {
    source.add(literal("orders", "WRITE"));
    source.add(group("g"));
    AclSync before = AclSync.topicsAndGroups().writes(AclSync.Writes.COPY);
    plan(SAME, before).create().forEach(created::put);
    target.addAll(created.keySet());
    assertThat(plan(SAME).delete())
        .containsExactlyInAnyOrder(literal("orders", "WRITE"), group("g"));
  }

  @Test
  void whatSeveralEntriesLeadTo_staysWithTheLast() {
    source.add(literal("orders", "READ"));
    source.add(literal("orders", "ALL"));
    plan(SAME).create().forEach(created::put);
    target.addAll(created.keySet());
    AclEntry from = created.get(literal("orders", "READ"));
    source.remove(from);
    AclEntry other =
        from.equals(literal("orders", "ALL"))
            ? literal("orders", "READ")
            : literal("orders", "ALL");
    assertThat(plan(SAME).remember().get(literal("orders", "READ"))).contains(other);
    assertThat(plan(SAME).delete()).doesNotContain(literal("orders", "READ"));
  }
}
