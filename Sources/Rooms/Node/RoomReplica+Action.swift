extension RoomReplica {
    /// What ``LiveRoom`` has to do after an event.
    enum Action: Sendable {
        /// Send a frame to one connection.
        case send([UInt8], OutgoingQueue.Kind, to: String)
        /// Send a frame to all attached connections.
        case broadcast([UInt8], OutgoingQueue.Kind)
        /// End a connection.
        case end(connection: String, CloseCode, reason: String?)
        /// Return the result of a command to its sender.
        case reply(ticket: Int, Reply)
        /// Call ``startBatch(at:)`` from the writing task.
        case wakeWriter
        /// Compute the next wake-up again: deadlines may have changed.
        case wakeTimer
        /// Load the room and pass it to ``loaded(_:at:)``.
        case load
        /// Look up the settings and the video of a room that the store does not have, for ``created(_:_:at:)``.
        case create
        /// Write a change and pass the outcome to ``committed(_:at:)``.
        indirect case commit(RoomChange)
        /// Write the whole room over a version and pass the outcome to ``restored(_:at:)``.
        indirect case restore(RoomChange, over: Int64?)
        /// Wait for a random time of up to so many milliseconds, then call ``retry(at:)``.
        case backOff(upTo: Int64)
        /// Load the room and pass it to ``reloaded(_:at:)``.
        case reload
        /// Read the room's row and its video again; renew the room's lifetime if it is occupied.
        case recheck(playing: String?, isOccupied: Bool)
        /// Ask which nodes are lost and pass the answer to ``foundLostNodes(_:at:)``.
        case findLostNodes(Set<String>)
        /// Announce that this node is alive.
        case announceNode
    }
}
