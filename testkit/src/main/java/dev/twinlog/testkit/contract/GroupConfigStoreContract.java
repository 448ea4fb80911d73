package dev.twinlog.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.twinlog.spi.GroupConfigStore;
import dev.twinlog.spi.GroupConfigStore.GroupConfigs;
import dev.twinlog.spi.GroupStore.Failure;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/**
 * A contract test for {@link GroupConfigStore}s. Extend it, say which configs share groups have
 * there, and inherit the tests; groups are named at random, and their configs removed afterwards.
 */
public abstract class GroupConfigStoreContract {
  private final String group = "contract-" + UUID.randomUUID();
  private final String other = "contract-" + UUID.randomUUID();

  /** The store under test; the caller closes it after the test. */
  protected abstract GroupConfigStore store();

  /** Two configs that share groups have there, each with a valid value that is not its default. */
  protected abstract Map<String, String> validConfigs();

  /** How long to wait for a change. Default 30 seconds. */
  protected Duration patience() {
    return Duration.ofSeconds(30);
  }

  private static GroupConfigs read(GroupConfigStore store, String group) {
    GroupConfigs configs = store.groupConfigs(List.of(group)).get(group);
    assertTrue(configs != null, "every group that was asked for has an answer");
    assertEquals(Optional.empty(), configs.failure());
    return configs;
  }

  /** A cluster may show a change a little later than it has made it. */
  private void assertOwn(GroupConfigStore store, String of, Map<String, String> expected) {
    long begun = System.nanoTime();
    Map<String, String> own = read(store, of).own();
    while (!own.equals(expected) && System.nanoTime() - begun < patience().toNanos()) {
      own = read(store, of).own();
    }
    assertEquals(expected, own);
  }

  private static Map<String, Optional<String>> setting(Map<String, String> configs) {
    Map<String, Optional<String>> changes = new HashMap<>();
    configs.forEach((name, value) -> changes.put(name, Optional.of(value)));
    return changes;
  }

  private static Map<String, Optional<String>> removing(Set<String> configs) {
    Map<String, Optional<String>> changes = new HashMap<>();
    configs.forEach(name -> changes.put(name, Optional.empty()));
    return changes;
  }

  @Test
  void aGroupThatDoesNotExist_hasNoConfigsOfItsOwn_andKnowsThoseOfTheCluster() {
    GroupConfigStore store = store();
    GroupConfigs configs = read(store, group);
    assertEquals(Map.of(), configs.own());
    assertTrue(configs.known().containsAll(validConfigs().keySet()), configs.known().toString());
  }

  @Test
  void whatIsSet_isReadBack_ofThatGroupAlone_untilItIsRemoved() {
    GroupConfigStore store = store();
    Map<String, String> valid = validConfigs();
    assertEquals(
        Map.of(group, Optional.empty()), store.alterGroupConfigs(Map.of(group, setting(valid))));
    assertOwn(store, group, valid);
    assertEquals(Map.of(), read(store, other).own());
    String one = valid.keySet().iterator().next();
    assertEquals(
        Map.of(group, Optional.empty()),
        store.alterGroupConfigs(Map.of(group, removing(Set.of(one)))));
    Map<String, String> rest = new HashMap<>(valid);
    rest.remove(one);
    assertOwn(store, group, rest);
    assertEquals(
        Map.of(group, Optional.empty()),
        store.alterGroupConfigs(Map.of(group, removing(valid.keySet()))));
    assertOwn(store, group, Map.of());
  }

  @Test
  void changesThatAreNotPossible_areRefusedWhole_andThoseOfOtherGroupsAreMade() {
    GroupConfigStore store = store();
    Map<String, String> valid = validConfigs();
    Map<String, Optional<String>> unknown = setting(valid);
    unknown.put("no.such.config", Optional.of("1"));
    Map<String, Optional<Failure>> answers =
        store.alterGroupConfigs(Map.of(group, unknown, other, setting(valid)));
    assertEquals(Set.of(group, other), answers.keySet());
    assertNotEquals(
        Optional.empty(), answers.get(group), "it should say why none of the changes was made");
    assertEquals(Optional.empty(), answers.get(other));
    assertOwn(store, other, valid);
    assertEquals(Map.of(), read(store, group).own());
    store.alterGroupConfigs(Map.of(other, removing(valid.keySet())));
  }
}
