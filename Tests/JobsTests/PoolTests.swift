import Jobs
import MediaModel
import Redis
import SQL
import SQLFixtures
import Testing

@Suite("The pool: tenants, pauses, workers", .timeLimit(.minutes(1))) struct PoolTests {
    @Test(
        "Only a window of one tenant's five hundred jobs is dispatched, and the job of another tenant is next",
        arguments: DatabaseEngine.allCases)
    func fairness(on engine: DatabaseEngine) async throws {
        try await QueueFixture.with(engine, window: 6) { fixture async throws in
            var flood: [JobRecord] = []
            for _ in 0..<500 { flood.append(try await fixture.jobs.addJob(tasks: 2, tenant: "many")) }
            for job in flood.prefix(20) { await fixture.dispatcher.wake(job: job.id) }
            let single = try await fixture.jobs.addJob(tasks: 2, tenant: "one")
            await fixture.dispatcher.wake(job: single.id)
            let seen = Recorder()
            let handler = ScriptedHandler { task, _ in
                seen.add(task.record.tenant)
                return .done
            }
            try await fixture.running([fixture.worker("a", handler: handler)]) {
                try await fixture.until { try await fixture.jobs.job(single)?.state == .done }
            }
            #expect(seen.all.firstIndex(of: "one").map { $0 <= 6 } == true, "\(seen.all)")
            // How many tasks follow before the worker ends depends on the machine.
            #expect(seen.all.lastIndex(of: "one").map { $0 < 20 } == true, "\(seen.all)")
        }
    }

    @Test(
        "A tenant's urgent tasks are dispatched first, then those of its oldest job",
        arguments: DatabaseEngine.allCases)
    func orderWithinTenant(on engine: DatabaseEngine) async throws {
        try await QueueFixture.with(engine, window: 3) { fixture async throws in
            let old = try await fixture.jobs.addJob(tasks: 2, tenant: "s")
            fixture.jobs.time.advance(by: 1)
            let new = try await fixture.jobs.addJob(tasks: 1, lane: .urgent, tenant: "s")
            await fixture.dispatcher.wake(tenant: "s")
            let tasks = try await fixture.jobs.tasks(old) + fixture.jobs.tasks(new)
            #expect(tasks.allSatisfy { $0.dispatchedAt != nil })
            let late = try await fixture.jobs.addJob(tasks: 1, tenant: "s")
            await fixture.dispatcher.wake(tenant: "s")
            #expect(try await fixture.jobs.task(late).dispatchedAt == nil)
            let claim = try #require(await fixture.jobs.claim(tasks[2]))
            let now = fixture.jobs.time.now
            _ = try await fixture.jobs.transaction {
                try TaskLeases.complete(task: claim.id, epoch: claim.epoch, at: now, in: $0)
            }
            await fixture.dispatcher.wake(tenant: "s")
            #expect(try await fixture.jobs.task(late).dispatchedAt != nil)
        }
    }

    @Test("The window grows with the number of slots") func window() {
        let window = PoolWindow(smallest: 4)
        #expect(window.size == 4)
        window.setSlots(32)
        #expect(window.size == 48)
        window.setSlots(0)
        #expect(window.size == 4)
    }

    @Test(
        "Workers take no tasks of a paused lane until it is resumed",
        arguments: DatabaseEngine.allCases)
    func pause(on engine: DatabaseEngine) async throws {
        try await QueueFixture.with(engine) { fixture async throws in
            let (normal, bulk) = (try await fixture.jobs.addJob(), try await fixture.jobs.addJob(lane: .bulk))
            let now = fixture.jobs.time.now
            try await fixture.jobs.transaction { try Pool.pause([.bulk], at: now, in: $0) }
            let handler = ScriptedHandler { _, _ in .done }
            try await fixture.running([fixture.worker("a", handler: handler)]) {
                // A worker that is in the list has received its directives.
                while try await fixture.jobs.database.read({ try Pool.workers(in: $0).isEmpty }) { await Task.yield() }
                for job in [bulk, normal] { await fixture.dispatcher.wake(job: job.id) }
                try await fixture.until { try await fixture.jobs.job(normal)?.state == .done }
                let another = try await fixture.jobs.addJob()
                await fixture.dispatcher.wake(job: another.id)
                try await fixture.until { try await fixture.jobs.job(another)?.state == .done }
                #expect(try await fixture.jobs.job(bulk)?.state == .queued)
                try await fixture.jobs.transaction { try Pool.resume([.bulk], in: $0) }
                await fixture.queue.announcePool()
                try await fixture.until { try await fixture.jobs.job(bulk)?.state == .done }
            }
        }
    }

    @Test(
        "A drained worker takes no more tasks, another worker does; ended workers are removed from the list",
        arguments: DatabaseEngine.allCases)
    func drain(on engine: DatabaseEngine) async throws {
        try await QueueFixture.with(engine) { fixture async throws in
            let seen = Recorder()
            func handler(_ name: String) -> ScriptedHandler {
                ScriptedHandler { _, _ in
                    seen.add(name)
                    return .done
                }
            }
            try await fixture.running([fixture.worker("a", handler: handler("a"))]) {
                while try await fixture.jobs.database.read({ try Pool.workers(in: $0).isEmpty }) { await Task.yield() }
                // It waits for entries and hears of changes of the pool.
                while try await fixture.queue.redis.send("INFO", "clients").text?.contains("blocked_clients:1") != true
                {}
                while try await fixture.queue.redis.send("PUBSUB", "NUMSUB", "vh:pool").array?.last?.int != 1 {}
                #expect(try await fixture.jobs.transaction { try Pool.setDraining(true, worker: "a", in: $0) })
                #expect(try await fixture.jobs.transaction { try Pool.setDraining(true, worker: "x", in: $0) } == false)
                await fixture.queue.announcePool()
                // Its consumer is gone from Redis when it no longer waits for entries.
                while try await fixture.queue.redis.send("INFO", "clients").text?.contains("blocked_clients:0") != true
                {}
                try await fixture.running([fixture.worker("b", handler: handler("b"))]) {
                    for _ in 0..<5 {
                        let job = try await fixture.jobs.addJob()
                        await fixture.dispatcher.wake(job: job.id)
                        try await fixture.until { try await fixture.jobs.job(job)?.state == .done }
                    }
                }
                let listed = try await fixture.jobs.database.read { try Pool.workers(in: $0) }
                #expect(listed.map(\.name) == ["a"] && listed[0].isDraining)
            }
            #expect(Set(seen.all) == ["b"])
            #expect(try await fixture.jobs.database.read { try Pool.workers(in: $0) }.isEmpty)
        }
    }
}
