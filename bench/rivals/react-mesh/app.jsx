/** A mesh as tutorials write it: React, Socket.IO, one RTCPeerConnection for each other. What Maru is measured against. */
import { useEffect, useRef, useState } from 'react'
import { createRoot } from 'react-dom/client'
import { io } from 'socket.io-client'

const parameters = new URLSearchParams(location.search)

function Video({ id, stream, muted }) {
  const ref = useRef(null)
  useEffect(() => {
    ref.current.srcObject = stream
  }, [stream])
  return (
    <div data-peer-id={id} data-self={muted || undefined}>
      <video ref={ref} autoPlay playsInline muted />
    </div>
  )
}

function Room({ room }) {
  const socketRef = useRef(null)
  const streamRef = useRef(null)
  const peersRef = useRef({})
  const [ownStream, setOwnStream] = useState(null)
  const [streams, setStreams] = useState({})

  function createPeer(id) {
    const peer = new RTCPeerConnection()
    peersRef.current[id] = peer
    for (const track of streamRef.current.getTracks()) peer.addTrack(track, streamRef.current)
    peer.onicecandidate = ({ candidate }) => {
      if (candidate) socketRef.current.emit('candidate', { to: id, candidate })
    }
    peer.ontrack = ({ streams: [stream] }) => setStreams((all) => ({ ...all, [id]: stream }))
    return peer
  }

  useEffect(() => {
    const socket = io()
    socketRef.current = socket
    socket.on('all-users', async (ids) => {
      for (const id of ids) {
        const peer = createPeer(id)
        await peer.setLocalDescription(await peer.createOffer())
        socket.emit('offer', { to: id, description: peer.localDescription })
      }
    })
    socket.on('offer', async ({ from, description }) => {
      const peer = createPeer(from)
      await peer.setRemoteDescription(description)
      await peer.setLocalDescription(await peer.createAnswer())
      socket.emit('answer', { to: from, description: peer.localDescription })
    })
    socket.on('answer', ({ from, description }) => peersRef.current[from].setRemoteDescription(description))
    socket.on('candidate', ({ from, candidate }) => peersRef.current[from].addIceCandidate(candidate))
    socket.on('user-left', (id) => {
      peersRef.current[id]?.close()
      delete peersRef.current[id]
      setStreams(({ [id]: _, ...rest }) => rest)
    })
    if (parameters.has('auto')) void join()
    return () => socket.disconnect()
  }, [])

  async function join() {
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: true,
      video: { width: 1280, height: 720 },
    })
    streamRef.current = stream
    setOwnStream(stream)
    socketRef.current.emit('join', room)
  }

  if (!ownStream) return <button onClick={join}>Join</button>
  return (
    <main>
      <Video id="self" stream={ownStream} muted />
      {Object.entries(streams).map(([id, stream]) => (
        <Video key={id} id={id} stream={stream} />
      ))}
    </main>
  )
}

createRoot(document.getElementById('root')).render(<Room room={parameters.get('room')} />)
